import { expect, it } from "vitest";
import { createMemory } from "./memory.ts";
import { createTokens, type Locks } from "./tokens.ts";

/** A token good for a quarter of an hour, made so many seconds ago by a server whose clock is another one. */
const jwt = (name: string) => `e30.${btoa(JSON.stringify({ name, iat: 1_000, exp: 1_900 })).replace(/=+$/, "")}.x`;

it("renews shortly before the end, by the token's own length", async () => {
  const browser = open({ refresh: () => ({ accessToken: jwt("b"), refreshToken: "r2" }) });
  browser.signIn(jwt("a"), "r1");
  const tab = browser.tab();
  expect(await tab.get()).toBe(jwt("a"));
  browser.memory.learn({ verifyOtp: { accessToken: jwt("a"), refreshToken: "r1" } }, {});
  browser.set("renewAt", String(Date.now() - 1));
  expect(await tab.get()).toBe(jwt("b"));
  expect(Number(browser.memory.recall("renewAt")) - Date.now()).toBeGreaterThan(800_000);
  expect(browser.spent).toEqual(["r1"]);
});

it("of tabs that find the token refused at once one renews, and the others take what it got", async () => {
  let count = 1;
  const browser = open({ refresh: () => ({ accessToken: `t${(count += 1)}`, refreshToken: `r${count}` }) });
  browser.signIn("t1", "r1");
  const tabs = [browser.tab(), browser.tab(), browser.tab()];
  expect(await Promise.all(tabs.map((tab) => tab.get("t1")))).toEqual(["t2", "t2", "t2"]);
  // One that hears late that its old token was refused has the new one already.
  expect(await tabs[0]?.get("t1")).toBe("t2");
  expect(browser.spent).toEqual(["r1"]);
});

it("leaves nothing of a session that is over, and keeps everything when the server cannot be reached", async () => {
  const over = open({ refresh: () => null });
  over.signIn("t1", "r1");
  expect(await over.tab().get("t1")).toBeNull();
  expect(over.memory.recall("refreshToken")).toBeNull();

  const away = open({
    refresh: () => {
      throw new TypeError("nobody there");
    },
  });
  away.signIn("t1", "r1");
  await expect(away.tab().get("t1")).rejects.toThrow("nobody there");
  expect(away.memory.recall("refreshToken")).toBe("r1");
});

/** What the tabs of one browser share, in front of a server that renews as the test says; null: the session is over. */
function open({ refresh }: { refresh: () => { accessToken: string; refreshToken: string } | null }) {
  const values = new Map<string, string>();
  const memory = createMemory({
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  });
  const spent: string[] = [];
  let queue: Promise<unknown> = Promise.resolve();
  const locks: Locks = {
    request: (_name, work) => {
      const turn = queue.then(work);
      queue = turn.catch(() => {});
      return turn;
    },
  };
  const fetch: typeof globalThis.fetch = async (_url, init) => {
    const { variables } = (await new Request("http://x", init).json()) as { variables: { refreshToken: string } };
    spent.push(variables.refreshToken);
    const refreshSession = refresh();
    const errors = [{ extensions: { code: "UNAUTHENTICATED" } }];
    return Response.json(refreshSession ? { data: { refreshSession } } : { errors });
  };
  return {
    memory,
    spent,
    set: (name: string, value: string) => void values.set(`colloquy:${name}`, value),
    signIn: (accessToken: string, refreshToken: string) =>
      memory.learn({ verifyOtp: { accessToken, refreshToken } }, {}),
    tab: () => createTokens({ endpoint: "http://api.test/graphql", memory, fetch, locks }),
  };
}
