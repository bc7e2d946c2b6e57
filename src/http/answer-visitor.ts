import type { IncomingMessage, ServerResponse } from "node:http";

const PATH = "/graphql";

/** A browser that opens an address. */
export const isBrowser = ({ headers }: IncomingMessage): boolean =>
  headers.accept?.toLowerCase().includes("text/html") === true;

/** A browser that opens the path of the API, and asks it nothing. */
export const isVisitor = (request: IncomingMessage): boolean =>
  isBrowser(request) && (request.url?.split("?")[1] ?? "") === "";

/** Answers a visitor with what this server is. */
export const answerVisitor = (request: IncomingMessage, response: ServerResponse): void =>
  say(
    response,
    200,
    request.url?.startsWith(PATH)
      ? `This is Colloquy, a GraphQL API. POST operations to ${PATH}.`
      : `This is Colloquy, a GraphQL API. It is at ${PATH}.`,
  );

export const answerNotFound = (_: IncomingMessage, response: ServerResponse): void =>
  say(response, 404, `There is nothing here. This is Colloquy, a GraphQL API at ${PATH}.`);

/** Explains the fault to a WebSocket client whose upgrade a proxy did not forward. @returns whether it was one */
export function refuseLostUpgrade({ headers }: IncomingMessage, response: ServerResponse): boolean {
  if (headers["sec-websocket-key"] === undefined) return false;
  response.setHeader("upgrade", "websocket");
  say(
    response,
    426,
    "This is a WebSocket's request without its upgrade. A proxy has to pass on Upgrade and Connection.",
  );
  return true;
}

function say(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" });
  response.end(`${JSON.stringify({ message, graphql: PATH })}\n`);
}
