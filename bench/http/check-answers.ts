import { deepStrictEqual } from "node:assert/strict";
import type { Program } from "../_support/program.ts";
import { SYSTEMS, type System } from "./cases.ts";
import type { Person } from "./people.ts";
import { listOf, roomOf } from "./requests.ts";

/** @throws when one of the systems answers with other rooms or messages than the first, or in another order */
export async function assertSameAnswers(servers: Readonly<Record<System, Program>>, person: Person): Promise<void> {
  for (const requestOf of [listOf, roomOf]) {
    const answers = await Promise.all(SYSTEMS.map((system) => ask(servers[system].port, requestOf(system, person))));
    for (const answer of answers) deepStrictEqual(answer, answers[0]);
  }
}

/** @returns the ids and texts of an answer, in its order */
async function ask(port: number, { path = "/", method = "GET", headers, body }: ReturnType<typeof listOf>) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: headers as Record<string, string>,
    ...(body !== undefined && { body: String(body) }),
  });
  const text = await response.text();
  const found = [...text.matchAll(/"(id|title|role|content|status|lastMessagePreview)":("[^"]*"|null)/g)];
  if (found.length < 20) throw new Error(`${path} of port ${port}: ${text}`);
  return found.map(([pair]) => pair);
}
