import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

/** What a program can be asked; the input is whatever JSON the other end sent. */
export type Commands = Readonly<Record<string, (input: never) => unknown>>;

const ANSWER_LIMIT_MS = 120_000;

/** Listens on a free port until SIGTERM, and says so in the line that `startProgram` waits for. */
export async function serve(server: Server, onStop: () => unknown = () => {}): Promise<void> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.once("SIGTERM", () => {
    server.close();
    void Promise.resolve(onStop()).finally(() => process.exit(0));
  });
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ msg: "ready", level: 30, port })}\n`);
}

/** Takes commands as HTTP posts until SIGTERM. */
export async function serveCommands(commands: Commands, onStop?: () => unknown): Promise<void> {
  const server = createServer((request, response) => {
    const command = commands[request.url?.slice(1) ?? ""];
    json(request)
      .then((input) => command?.(input as never))
      .then(
        (result) => response.end(JSON.stringify({ result })),
        (error: unknown) => response.end(JSON.stringify({ error: String(error) })),
      );
  });
  await serve(server, onStop);
}

/** @throws what the command threw, or after two minutes */
export async function callProgram<Result>(port: number, command: string, input: unknown): Promise<Result> {
  const response = await fetch(`http://127.0.0.1:${port}/${command}`, {
    method: "POST",
    body: JSON.stringify(input ?? null),
    signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
  });
  const said = (await response.json()) as { result: Result } | { error: string };
  if ("error" in said) throw new Error(`${command}: ${said.error}`);
  return said.result;
}
