import type { IncomingMessage, ServerResponse } from "node:http";
import { mapError } from "../../graphql/map-error.ts";
import type { HttpParts } from "../parts.ts";
import { requestIdOf } from "../request-id.ts";
import { noteRequest } from "../request-log.ts";
import { readPagePost } from "./read-page-post.ts";

type Answer = (input: unknown, request: IncomingMessage, response: ServerResponse) => Promise<object | null>;

/** Answers posts of pages of the API's own origin as GraphQL answers: with `{ data }`, or `{ errors }` with codes. */
export function answerPagePosts(parts: HttpParts, answer: Answer) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    readPagePost(parts, request)
      .then((input) => answer(input, request, response))
      .then(
        (data) => send(response, 200, { data }),
        (error: unknown) => {
          const { message, extensions } = mapError(error, requestIdOf(response), parts.app.logger);
          noteRequest(response, { errorCode: String(extensions["code"]) });
          send(response, statusOf(extensions["code"]), { errors: [{ message, extensions }] });
        },
      );
  };
}

/** A refusal in the person's words is a success of the transport, as in GraphQL. */
function statusOf(code: unknown): number {
  const statuses: Readonly<Record<string, number>> = {
    FORBIDDEN: 403,
    NOT_FOUND: 404,
    UNAVAILABLE: 503,
    INTERNAL: 500,
  };
  return statuses[String(code)] ?? 200;
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" });
  response.end(`${JSON.stringify(body)}\n`);
}
