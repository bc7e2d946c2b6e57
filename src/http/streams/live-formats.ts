/** The formats of live results over HTTP. Each piece is written whole, so that no client waits for the next one. */
export type LiveFormat = Readonly<{
  contentType: string;
  /** Opens the body: browsers tell a page of an answer only when the first of it has come. */
  begin: string;
  /** A ping: it only shows that the connection is alive. */
  ping: string;
  /** The text around a result's JSON. */
  result: readonly [before: string, after: string];
  /** Around the JSON of errors that the subscription ends with. */
  failure: readonly [before: string, after: string];
  end: string;
}>;

/** GraphQL over SSE, distinct connections mode. */
export const eventStream: LiveFormat = {
  contentType: "text/event-stream",
  begin: ":\n\n",
  ping: ":\n\n",
  result: ["event: next\ndata: ", "\n\n"],
  failure: ['event: next\ndata: {"errors":', "}\n\n"],
  end: "event: complete\ndata:\n\n",
};

const PART = "\r\ncontent-type: application/json\r\n\r\n";
const BOUNDARY = "\r\n--graphql";

/**
 * Apollo's multipart protocol for subscriptions, version 1.0. A part is complete when the boundary behind it has come,
 * so that comes with the part.
 */
export const multipart: LiveFormat = {
  contentType: 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
  begin: `${BOUNDARY}${PART}{}${BOUNDARY}`,
  ping: `${PART}{}${BOUNDARY}`,
  result: [`${PART}{"payload":`, `}${BOUNDARY}`],
  failure: [`${PART}{"payload":null,"errors":`, `}${BOUNDARY}`],
  end: "--\r\n",
};

/**
 * The format of live results for a client, by its `Accept` header (RFC 9110, 12.5.1): the one it weighs most, of two
 * alike the one it names first. Media types and their parameters know no case.
 *
 * @returns null when it takes neither. `multipart/mixed` alone is none of them: without `subscriptionSpec=1.0` clients
 *   mean other parts by it
 */
export function chooseLiveFormat(accept: string | null | undefined): LiveFormat | null {
  let best: { format: LiveFormat; weight: number } | null = null;
  for (const { type, parameters, weight } of readRanges(accept)) {
    const format = formatOf(type, parameters);
    if (format && weight > (best?.weight ?? 0)) best = { format, weight };
  }
  return best?.format ?? null;
}

const JSON_RANGES = new Set(["application/json", "application/graphql-response+json", "application/*", "*/*"]);

/** Whether a client takes a single result as JSON, which it then gets, whatever else it takes. */
export const takesJson = (accept: string | null | undefined): boolean =>
  readRanges(accept).some(({ type, weight }) => JSON_RANGES.has(type) && weight > 0);

type MediaRange = Readonly<{ type: string; parameters: readonly string[]; weight: number }>;

const readRanges = (accept: string | null | undefined): MediaRange[] =>
  (accept?.trim() || "*/*")
    .toLowerCase()
    .split(",")
    .map((range) => {
      const [type = "", ...parameters] = range.split(";").map((part) => part.replaceAll(/[\s"]/g, ""));
      return { type, parameters, weight: Number(parameters.find((part) => part.startsWith("q="))?.slice(2) ?? 1) };
    });

function formatOf(type: string, parameters: readonly string[]): LiveFormat | null {
  switch (type) {
    case "multipart/mixed":
      return parameters.includes("subscriptionspec=1.0") ? multipart : null;
    case "text/event-stream":
    case "text/*":
    case "*/*":
      return eventStream;
    default:
      return null;
  }
}
