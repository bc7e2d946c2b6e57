import { describe, expect, test } from "vitest";
import { createAccessTokens, receiveToken } from "./access-tokens.ts";

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

  const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.signature`;
  const lifetimeOf = (accessToken: string, accessTokenExpiresAt: string) =>
    receiveToken({ accessToken, accessTokenExpiresAt }).expiresAt.getTime() - Date.now();

  test("last as long as the server says, whatever this device's clock says", () => {
    // Also with characters that base64url writes in another way than base64.
    for (const iat of [0, 1_500_000_000, 4_000_000_000]) {
      const lifetime = lifetimeOf(jwt({ iat, exp: iat + 900, sub: "???>>>~~~ü" }), "2001-01-01T00:00:00Z");
      expect(lifetime).toBeGreaterThan(890_000);
      expect(lifetime).toBeLessThanOrEqual(900_000);
    }
  });

  test.each(["opaque", "a.b.c", jwt({ exp: 5 }), jwt({ iat: "1", exp: 2 })])(
    "that tell no lifetime end when the answer says: %s",
    (token) => {
      const end = new Date(Date.now() + 60_000).toISOString();
      expect(receiveToken({ accessToken: token, accessTokenExpiresAt: end }).expiresAt.toISOString()).toBe(end);
    },
  );

  test.each([-900, -5, 5, 9])(
    "that have just come are used, though they end in %i seconds by this clock",
    async (seconds) => {
      let count = 0;
      const tokens = createAccessTokens(() =>
        Promise.resolve({ token: `t${(count += 1)}`, expiresAt: until(seconds) }),
      );
      for (let ask = 0; ask < 3; ask += 1) expect(await tokens.get()).toBe("t1");
      tokens.refuse("t1");
      expect(await tokens.get()).toBe("t2");
    },
  );
});
