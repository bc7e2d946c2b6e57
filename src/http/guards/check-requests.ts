import type { IncomingMessage } from "node:http";
import { GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Logger } from "../../platform/logger.ts";
import { readBody } from "../read-body.ts";

type RequestParser = NonNullable<Parameters<NonNullable<Plugin["onRequestParse"]>>[0]["requestParser"]>;

/** GraphQL over HTTP's own media type, and the one that came before it. */
export const JSON_TYPES: ReadonlySet<string> = new Set(["application/json", "application/graphql+json"]);

/**
 * A Yoga plugin that refuses what is not GraphQL over HTTP as this server takes it, before anything of it is run.
 *
 * A POST has to be JSON: a browser asks the server's leave before it sends that across origins, so no foreign page
 * can make a signed-in person act, whatever else might carry credentials one day.
 *
 * @param maxBytes the longest body that is taken
 */
export const checkRequests = (maxBytes: number): Plugin<object, { req?: IncomingMessage }> => ({
  onRequestParse({ request, requestParser: parse, setRequestParser, serverContext: { req }, fetchAPI }) {
    if (request.method === "GET" && parse) setRequestParser((whole) => parseJson(parse, whole));
    if (request.method !== "POST") return;

    // Media types know no case (RFC 9110, 8.3.1); Yoga has no parser for one that is written otherwise.
    const [type = ""] = request.headers.get("content-type")?.split(";") ?? [];
    if (!JSON_TYPES.has(type.trim().toLowerCase())) throw refusal(415, "Send the operation as application/json.");
    const parsePost: RequestParser = parse ?? ((incoming) => incoming.json());
    const length = request.headers.get("content-length");
    if (Number(length) > maxBytes) throw tooLarge(maxBytes);
    setRequestParser(async (incoming) => {
      if (length !== null || !req) return parseJson(parsePost, incoming);
      const body = new Uint8Array(await readWhole(req, maxBytes));
      return parseJson(
        parsePost,
        new fetchAPI.Request(incoming.url, { method: "POST", headers: incoming.headers, body }),
      );
    });
  },
});

/** Refuses in its own words what is no JSON: Yoga shows the parser's, or takes it for a fault of the server. */
async function parseJson(parse: RequestParser, request: Request): Promise<Awaited<ReturnType<RequestParser>>> {
  try {
    return await parse(request);
  } catch (error) {
    if (error instanceof GraphQLError && !("originalError" in error.extensions)) throw error;
    throw refusal(400, "The request is not JSON.");
  }
}

/**
 * Reads a body that does not say its length, to its end also when it is too long: if reading stopped in the middle,
 * the connection's next request would wait behind the rest for ever.
 */
async function readWhole(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const body = await readBody(req, { maxBytes, maxReadBytes: Infinity });
  if (body === "cut off") throw refusal(400, "The request was cut off.");
  if (body === "too long") throw tooLarge(maxBytes);
  return body;
}

const tooLarge = (maxBytes: number) => refusal(413, `A request has at most ${maxBytes} bytes.`);

const refusal = (status: number, message: string) =>
  new GraphQLError(message, { extensions: { code: "BAD_USER_INPUT", http: { status } } });

/** A Yoga plugin for what fails outside of GraphQL: Yoga would answer with the fault's stack. */
export const hideFaults = (logger: Logger): Plugin => ({
  instrumentation: {
    async request({ request }, wrapped) {
      try {
        await wrapped();
      } catch (error) {
        // Made from the Host header, which may be anything.
        if (!URL.canParse(request.url)) throw answer(400, "The Host header is not valid.\n");
        logger.error({ err: error }, "could not answer a request");
        throw answer(500, "Something broke on the server.\n");
      }
    },
  },
});

/** An error as Yoga answers it: with `status`, and with the stack as the body. */
const answer = (status: number, text: string): Error => Object.assign(new Error(text), { status, stack: text });
