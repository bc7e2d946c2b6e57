import type { IncomingMessage, ServerResponse } from "node:http";

const PATH = "/graphql";

/**
 * Answers whoever is no client of the API, in words that say what this is: a browser, a wrong path, a WebSocket whose
 * upgrade a proxy has not passed on.
 *
 * @param settings.graphiql whether a browser gets a page on the path of the API
 * @returns whether it has answered
 */
export function answerVisitor(
  request: IncomingMessage,
  response: ServerResponse,
  settings: { graphiql: boolean },
): boolean {
  const [path, search = ""] = (request.url ?? "").split("?");
  const { headers, method } = request;
  if (headers["sec-websocket-key"] !== undefined) {
    response.setHeader("upgrade", "websocket");
    say(
      response,
      426,
      "This is a WebSocket's request without its upgrade. A proxy has to pass on Upgrade and Connection.",
    );
    return true;
  }
  if (path === PATH || path === `${PATH}/`) {
    const browser = method === "GET" && headers.accept?.toLowerCase().includes("text/html") === true;
    if (!browser || search !== "" || settings.graphiql) return false;
    say(response, 200, `This is Colloquy, a GraphQL API. POST operations to ${PATH}.`);
    return true;
  }
  if (path === "/") say(response, 200, `This is Colloquy, a GraphQL API. It is at ${PATH}.`);
  else say(response, 404, `There is nothing here. This is Colloquy, a GraphQL API at ${PATH}.`);
  return true;
}

function say(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" });
  response.end(`${JSON.stringify({ message, graphql: PATH })}\n`);
}
