/** Arguments of a subscription that say how far its reader has come. */
export type Position = Readonly<Record<string, string | number>>;

/** The subscriptions that can go on where they broke off, and the arguments by which they do. */
const ARGUMENTS = { replyStream: ["attempt", "offset"], messageAdded: ["after"] } as const;

export type LiveField = keyof typeof ARGUMENTS;

/**
 * Which of the live fields an operation subscribes to; undefined when it is another operation.
 *
 * @throws {TypeError} when the operation does not hand the position over: `replyStream(attempt: $attempt, …)`
 */
export function liveFieldOf(query: string): LiveField | undefined {
  const field = (Object.keys(ARGUMENTS) as LiveField[]).find((name) => new RegExp(`\\b${name}\\s*\\(`).test(query));
  for (const name of field ? ARGUMENTS[field] : []) {
    if (new RegExp(`\\b${name}\\s*:\\s*\\$${name}\\b`).test(query)) continue;
    throw new TypeError(`${field} can resume only when the operation passes on ${name}: $${name}`);
  }
  return field;
}

type Event = Readonly<Record<string, unknown>>;

/**
 * Where a reader stands after an event.
 *
 * @param result its data, in which an alias does no harm, and its extensions
 * @throws {TypeError} when the operation does not select what the position is made of
 */
export function positionAfter(
  field: LiveField,
  result: Readonly<{ data: object; extensions?: Readonly<Record<string, unknown>> | undefined }>,
): Position {
  switch (field) {
    case "replyStream": {
      const event = Object.values(result.data).find((value) => typeof value === "object") as Event | null | undefined;
      const { attempt, offset, text } = event ?? {};
      if (typeof attempt === "number" && typeof offset === "number" && typeof text === "string") {
        return { attempt, offset: offset + text.length };
      }
      throw new TypeError("replyStream can resume only when attempt, offset and text are selected");
    }
    case "messageAdded": {
      const position = result.extensions?.["position"];
      if (typeof position === "string") return { after: position };
      throw new TypeError("messageAdded can resume only with the extensions of its results");
    }
  }
}
