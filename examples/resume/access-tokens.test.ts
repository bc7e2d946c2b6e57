import { describe, expect, test } from "vitest";
import { createAccessTokens } from "./access-tokens.ts";

describe("access tokens", () => {
  const until = (seconds: number) => new Date(Date.now() + seconds * 1000);

  test("are renewed once for all who ask, when the present one is about to expire or was refused", async () => {
    let count = 0;
    const renew = () => Promise.resolve({ token: `t${(count += 1)}`, expiresAt: until(900) });
    const tokens = createAccessTokens(renew, { token: "t0", expiresAt: until(5) });
    expect(await Promise.all([tokens.get(), tokens.get(), tokens.get()])).toEqual(["t1", "t1", "t1"]);
    tokens.refuse("t0");
    expect(await tokens.get()).toBe("t1");
    tokens.refuse("t1");
    expect(await tokens.get()).toBe("t2");
  });

  test("can be asked for again after a renewal that failed", async () => {
    const answers = [() => Promise.reject(new TypeError("fetch failed")), () => Promise.resolve("second")];
    const tokens = createAccessTokens(async () => ({ token: await answers.shift()!(), expiresAt: until(900) }));
    await expect(tokens.get()).rejects.toThrow("fetch failed");
    expect(await tokens.get()).toBe("second");
  });
});
