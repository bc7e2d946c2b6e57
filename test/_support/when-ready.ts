import { setTimeout as delay } from "node:timers/promises";

const LIMIT_MS = 30_000;
const ASK_AGAIN_MS = 50;

/** Resolves when the `/ready` of an API says all of this. */
export async function whenReadySays(graphqlUrl: string, wanted: Record<string, string>): Promise<void> {
  const url = graphqlUrl.replace("/graphql", "/ready");
  const giveUpAt = Date.now() + LIMIT_MS;
  let said: Record<string, string> = {};
  while (Date.now() < giveUpAt) {
    said = (await (await fetch(url)).json()) as Record<string, string>;
    if (Object.entries(wanted).every(([key, value]) => said[key] === value)) return;
    await delay(ASK_AGAIN_MS);
  }
  throw new Error(`/ready says ${JSON.stringify(said)}`);
}
