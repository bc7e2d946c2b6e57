import { apiUrl } from "../app/addresses.ts";

/** Kills the workers of a server in development, as `kill -9` does. Whoever runs them starts them again. */
export async function killWorker(): Promise<void> {
  const headers = { "content-type": "application/json" };
  const { ok, status } = await fetch(apiUrl("development/kill-worker"), { method: "POST", headers, body: "{}" });
  if (!ok) throw new Error(`The server answered with ${status}.`);
}
