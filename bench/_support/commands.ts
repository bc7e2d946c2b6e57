import { createServer, type IncomingMessage } from "node:http";
import { listen } from "./listen.ts";

/** What a program can be asked; the input is whatever JSON the other end sent. */
export type Commands = Readonly<Record<string, (input: never) => unknown>>;

const ANSWER_LIMIT_MS = 120_000;

/** Takes commands as HTTP posts on a free port until SIGTERM. */
export async function serveCommands(commands: Commands, onStop: () => unknown = () => {}): Promise<void> {
  const server = createServer((request, response) => {
    answer(commands, request).then(
      (result) => response.end(JSON.stringify({ result })),
      (error: unknown) => response.end(JSON.stringify({ error: error instanceof Error ? error.stack : String(error) })),
    );
  });
  await listen(server, onStop);
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

async function answer(commands: Commands, request: IncomingMessage): Promise<unknown> {
  const name = request.url?.slice(1) ?? "";
  const command = commands[name];
  if (!command) throw new Error(`there is no command "${name}"`);
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return command(JSON.parse(Buffer.concat(parts).toString()) as never);
}
