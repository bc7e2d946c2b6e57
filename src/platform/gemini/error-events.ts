/** The codes of google.rpc.Code by number, from 1 on, and the HTTP status of each (https://google.aip.dev/193). */
const CODES: readonly (readonly [name: string, status: number])[] = [
  ["CANCELLED", 499],
  ["UNKNOWN", 500],
  ["INVALID_ARGUMENT", 400],
  ["DEADLINE_EXCEEDED", 504],
  ["NOT_FOUND", 404],
  ["ALREADY_EXISTS", 409],
  ["PERMISSION_DENIED", 403],
  ["RESOURCE_EXHAUSTED", 429],
  ["FAILED_PRECONDITION", 400],
  ["ABORTED", 409],
  ["OUT_OF_RANGE", 400],
  ["UNIMPLEMENTED", 501],
  ["INTERNAL", 500],
  ["UNAVAILABLE", 503],
  ["DATA_LOSS", 500],
  ["UNAUTHENTICATED", 401],
];
const STATUS_OF = new Map(CODES);

/** What does not say what it is. */
const UNKNOWN_STATUS = 500;

/** An error as an HTTP answer would have reported it. */
export type ErrorEvent = Readonly<{ status: number; body: Readonly<{ error: Readonly<Record<string, unknown>> }> }>;

/**
 * Whether something in a stream tells of an error: `{error: …}`, with an object or a text; a bare google.rpc.Status; a
 * text; and whatever comes as `event: error`. Its status is that of its `code`, an HTTP status or a google.rpc.Code, as a
 * number or a text; else of its `status`; else of what its words begin with.
 *
 * @param value what an event's JSON says
 * @param type the event's type, if it has one
 * @returns undefined for what is no error
 */
export function readErrorEvent(value: unknown, type: string | undefined): ErrorEvent | undefined {
  if (typeof value === "string") return fromText(value);
  if (typeof value !== "object" || value === null) return undefined;
  const found: unknown = "error" in value ? [value.error].flat()[0] : undefined;
  if (found) return fromStatus(found);
  return isBareStatus(value) || type === "error" ? fromStatus(value) : undefined;
}

/** A google.rpc.Status that nothing is wrapped around. */
function isBareStatus(value: object): boolean {
  const { code, status, message } = value as Readonly<Record<string, unknown>>;
  return !("candidates" in value) && typeof message === "string" && (toStatus(code) ?? toStatus(status)) !== undefined;
}

function fromStatus(error: unknown): ErrorEvent {
  if (typeof error === "string") return fromText(error);
  const fields: Readonly<Record<string, unknown>> = typeof error === "object" ? { ...error } : { code: error };
  const nested = typeof fields["message"] === "string" ? readNested(fields["message"]) : undefined;
  const status = toStatus(fields["code"]) ?? toStatus(fields["status"]) ?? nested?.status ?? UNKNOWN_STATUS;
  return { status, body: { error: fields } };
}

function fromText(text: string): ErrorEvent {
  const nested = readNested(text);
  if (nested) return nested;
  const words = text.slice(0, 200);
  const name = CODES.find(([code]) => words.includes(code))?.[0];
  // As in "429 Too Many Requests" and "got status: 503".
  const number = /^(?:.*\b(?:status|code|http\S*)\W{0,3})?([45]\d\d)\b/is.exec(words)?.[1];
  return { status: toStatus(number) ?? toStatus(name) ?? UNKNOWN_STATUS, body: { error: { message: text } } };
}

/** An error whose text is another one's JSON. */
function readNested(text: string): ErrorEvent | undefined {
  const start = text.indexOf("{");
  if (start === -1) return undefined;
  try {
    const value: unknown = JSON.parse(text.slice(start));
    return typeof value === "string" ? undefined : readErrorEvent(value, undefined);
  } catch {
    return undefined;
  }
}

function toStatus(code: unknown): number | undefined {
  if (typeof code === "string") return STATUS_OF.get(code.trim().toUpperCase()) ?? toStatus(Number(code.trim() || NaN));
  if (typeof code !== "number" || !Number.isInteger(code)) return undefined;
  if (code >= 400 && code <= 599) return code;
  return CODES[code - 1]?.[1];
}
