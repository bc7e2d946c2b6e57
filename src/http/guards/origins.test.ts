import { describe, expect, test } from "vitest";
import { readConfig } from "../../config.ts";
import { createOrigins } from "./origins.ts";

const check = (env: Record<string, string>) =>
  createOrigins(
    readConfig({
      DATABASE_URL: "postgresql://localhost/x",
      REDIS_URL: "redis://localhost",
      JWT_SECRET: "s".repeat(32),
      OTP_DELIVERY: "log",
      ...env,
    }).http,
  ).allow;

describe("origins", () => {
  test.each([
    "http://localhost:5173",
    "http://localhost",
    "https://localhost:8443",
    "http://127.0.0.1:3000",
    "http://[::1]:1",
  ])("%s may call in development only", (origin) => {
    expect(check({ NODE_ENV: "development" })(origin)).toBe(true);
    expect(check({})(origin)).toBe(true);
    expect(check({ NODE_ENV: "production" })(origin)).toBe(false);
    expect(check({ NODE_ENV: "test" })(origin)).toBe(false);
  });

  test.each([
    "",
    "null",
    "http://localhost.example.com",
    "http://localhost:5173.example.com",
    "http://localhost@example.com",
    "http://example.com/localhost",
    "http://127.0.0.1.example.com",
    "http://192.168.1.5:3000",
    "http://0.0.0.0:3000",
    "http://127.1:3000",
    "HTTP://LOCALHOST:3000",
    "http://localhost:3000/",
    "http://localhost:99999",
    "file://localhost",
    "capacitor://localhost",
  ])("%j may not, also in development", (origin) => {
    expect(check({ NODE_ENV: "development" })(origin)).toBe(false);
  });

  test("those of CORS_ORIGINS are added to it", () => {
    const env = { CORS_ORIGINS: "https://chat.example.com,capacitor://localhost" };
    for (const NODE_ENV of ["development", "production"]) {
      const allows = check({ ...env, NODE_ENV });
      expect(["https://chat.example.com", "capacitor://localhost", "https://chat.example.com:444"].map(allows)).toEqual(
        [true, true, false],
      );
    }
    expect(check({ ...env, NODE_ENV: "development" })("http://localhost:5173")).toBe(true);
  });
});
