import { describe, expect, test } from "vitest";
import { ConfigError, readConfig } from "./config.ts";

const GIVEN = {
  DATABASE_URL: "postgresql://localhost/test",
  REDIS_URL: "redis://localhost",
  JWT_SECRET: "a secret of the length that is asked for",
};

/** The lines of a refusal; none when the settings are taken. */
function faultsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    readConfig({ ...GIVEN, ...env });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

test("every fault is named at once, also what only two settings together make wrong", () => {
  const faults = faultsOf({
    NODE_ENV: "production",
    PORT: "http",
    DATABASE_URL: "mysql://localhost",
    REDIS_URL: undefined,
    JWT_SECRET: undefined,
    ACCESS_TOKEN_TTL: "soon",
    OTP_DELIVERY: "response",
    LOG_LEVEL: "loud",
  });
  const names = faults.map((fault) => /^[A-Z_]+/.exec(fault)?.[0]);
  expect(new Set(names)).toEqual(
    new Set(["ACCESS_TOKEN_TTL", "DATABASE_URL", "JWT_SECRET", "LOG_LEVEL", "OTP_DELIVERY", "PORT", "REDIS_URL"]),
  );
  expect(faults).toContain("REDIS_URL must be set");
  expect(faults).toContain("DATABASE_URL: must be a postgresql:// address");
});

test.each([
  ["SHUTDOWN_GRACE", "90d", "must be from 0s to 24h"],
  ["SHUTDOWN_GRACE", "-3s", "must be a time such as 15m, 30d or 250ms"],
  ["GEMINI_IDLE_TIMEOUT", "30d", "must be from 1ms to 24h"],
  ["GEMINI_FIRST_CHUNK_TIMEOUT", "0s", "must be from 1ms to 24h"],
  ["BILLING_GRACE", "999999999999d", "must be from 0s to 3650d"],
  ["DRAIN", "6m", "must be from 0s to 5m"],
  ["PORT", "99999", "must be a whole number from 0 to 65535"],
  ["METRICS_PORT", " ", "must be a whole number from 0 to 65535"],
  ["WORKER_CONCURRENCY", "0x10", "must be a whole number from 1 to 2000"],
])("%s=%s is refused: a timer, a date or a port would take it for something else", (name, value, why) => {
  expect(faultsOf({ [name]: value })).toEqual([`${name}: ${why}`]);
});

test("a refusal shows no value: an address may hold a password", () => {
  const refused = () => readConfig({ ...GIVEN, DATABASE_URL: "mysql://user:hunter2@db", JWT_SECRET: "hunter2" });
  expect(refused).toThrow("2 fault(s)");
  expect(refused).not.toThrow("hunter2");
});

describe("the models", () => {
  test("have a default, which may be named", () => {
    expect(readConfig(GIVEN).models.defaultId).toBe("gemini-3.5-flash-lite");
    expect(readConfig({ ...GIVEN, GEMINI_MODEL: "gemini-3.8-flash" }).models.defaultId).toBe("gemini-3.8-flash");
  });

  test.each([{ GEMINI_MODEL: "a model" }, { GEMINI_MODELS: "gemma-5,../secrets" }, { MODELS_FILE: "none.json" }])(
    "have names: %j",
    (env) => {
      expect(faultsOf(env)).toHaveLength(1);
    },
  );

  test("have their faults named beside those of the settings", () => {
    const faults = faultsOf({ PORT: "http", GEMINI_MODEL: "gemma-5", MODELS_FILE: "" });
    expect(faults.map((fault) => /^[A-Z_]+/.exec(fault)?.[0])).toEqual(["PORT", "GEMINI_MODEL"]);
  });
});

describe("in production", () => {
  const production = { NODE_ENV: "production", OTP_DELIVERY: "log" };

  test("codes go where it is said, also to the log, and there is neither a page nor introspection", () => {
    expect(readConfig({ ...GIVEN, ...production, HOST: "0.0.0.0" })).toMatchObject({
      production: true,
      otp: { delivery: "log" },
      graphql: { graphiql: false, introspection: false },
    });
  });

  test("both come back when they are asked for", () => {
    const config = readConfig({ ...GIVEN, ...production, GRAPHIQL: "true", INTROSPECTION: "true" });
    expect(config.graphql).toEqual({ graphiql: true, introspection: true });
  });

  test.each([
    ["no secret", { JWT_SECRET: undefined }, "JWT_SECRET must be set in production"],
    ["an empty secret", { JWT_SECRET: "" }, "JWT_SECRET must be set in production"],
    ["no way for codes", { OTP_DELIVERY: undefined }, "OTP_DELIVERY must be set in production"],
    ["an empty way for codes", { OTP_DELIVERY: "" }, "OTP_DELIVERY must be set in production"],
    ["codes in answers", { OTP_DELIVERY: "response" }, "OTP_DELIVERY=response would hand codes to anybody"],
  ])("%s is refused", (_, env, fault) => {
    expect(faultsOf({ ...production, ...env })).toEqual([expect.stringContaining(fault)]);
  });
});

describe("limits that a newcomer would meet", () => {
  const limitsOf = (env: NodeJS.ProcessEnv) => {
    const { otp, quota } = readConfig({ ...GIVEN, ...env });
    expect([otp.perCountry, otp.perHour]).toEqual(otp.unlimited ? [0, 0] : [500, 2_000]);
    return [otp.unlimited, otp.perIp, quota.basicDailyMessages];
  };

  test.each([
    [{}, [true, 0, 1_000]],
    [{ OTP_PER_IP: "7", BASIC_DAILY_MESSAGES: "3" }, [true, 7, 3]],
    [{ BASIC_DAILY_MESSAGES: "0" }, [true, 0, 0]],
    // Such codes go to real phones.
    [
      { OTP_DELIVERY: "webhook", OTP_WEBHOOK_URL: "https://sms.example", OTP_WEBHOOK_SECRET: "x".repeat(32) },
      [false, 60, 1_000],
    ],
    [{ NODE_ENV: "production", OTP_DELIVERY: "log" }, [false, 60, 5]],
    [{ NODE_ENV: "test" }, [false, 60, 5]],
  ])("are generous in development only: %o", (env, limits) => {
    expect(limitsOf(env)).toEqual(limits);
  });
});

describe("codes in answers, where nothing is said of them", () => {
  test.each(["127.0.0.1", "127.8.9.10", "localhost", "::1", "::ffff:127.0.0.1", ""])("are for HOST=%s", (HOST) => {
    expect(readConfig({ ...GIVEN, HOST }).otp.delivery).toBe("response");
  });

  test.each(["0.0.0.0", "::", "192.168.1.20", "2001:db8::1", "::ffff:10.0.0.1", "128.0.0.1", "colloquy.local"])(
    "are not for HOST=%s, unless they are asked for by name",
    (HOST) => {
      expect(faultsOf({ HOST })).toEqual([expect.stringMatching(/^OTP_DELIVERY must be set with a HOST/)]);
      for (const OTP_DELIVERY of ["response", "log"]) expect(faultsOf({ HOST, OTP_DELIVERY })).toEqual([]);
    },
  );
});

test("without a secret a development API makes one up, another each time", () => {
  const secretOf = () => readConfig({ ...GIVEN, JWT_SECRET: undefined }).auth.jwtSecret;
  expect(secretOf()).not.toBe(secretOf());
  expect(secretOf().length).toBeGreaterThanOrEqual(32);
});

test("an empty value counts as not set", () => {
  expect(readConfig({ ...GIVEN, PORT: "", OTP_DELIVERY: "", CORS_ORIGINS: "" })).toEqual(readConfig(GIVEN));
});

test.each([
  ["250ms", 250],
  ["30s", 30_000],
  ["15m", 900_000],
  ["12h", 43_200_000],
  ["30 d", 2_592_000_000],
])("a time is written %s", (text, ms) => {
  expect(readConfig({ ...GIVEN, BILLING_GRACE: text }).billing.graceMs).toBe(ms);
});

test.each([
  ["a secret that is too short", { JWT_SECRET: "x".repeat(31) }, "JWT_SECRET"],
  ["a time without a unit", { ACCESS_TOKEN_TTL: "15" }, "ACCESS_TOKEN_TTL"],
  ["a token that never was valid", { ACCESS_TOKEN_TTL: "0s" }, "ACCESS_TOKEN_TTL"],
  ["a session that outlives the calendar", { REFRESH_TOKEN_TTL: "99999999999d" }, "REFRESH_TOKEN_TTL"],
  ["a webhook without an address", { OTP_DELIVERY: "webhook", OTP_WEBHOOK_SECRET: "x".repeat(32) }, "OTP_WEBHOOK_URL"],
  [
    "a webhook without a secret",
    { OTP_DELIVERY: "webhook", OTP_WEBHOOK_URL: "https://sms.example" },
    "OTP_WEBHOOK_SECRET",
  ],
  ["a webhook that is no web address", { OTP_WEBHOOK_URL: "ftp://sms.example" }, "OTP_WEBHOOK_URL"],
  ["an unknown environment", { NODE_ENV: "staging" }, "NODE_ENV"],
  ["a switch that is neither on nor off", { GRAPHIQL: "yes" }, "GRAPHIQL"],
  ["a port that is none", { PORT: "65536" }, "PORT"],
  ["an origin with a path", { CORS_ORIGINS: "https://example.com/" }, "CORS_ORIGINS"],
  ["an origin without a scheme", { CORS_ORIGINS: "https://example.com, example.org" }, "CORS_ORIGINS"],
  ["a proxy that is none", { TRUST_PROXY: "proxy.example" }, "TRUST_PROXY"],
  ["a network that is too narrow", { TRUST_PROXY: "10.0.0.0/33" }, "TRUST_PROXY"],
  ["more proxies than anybody has", { TRUST_PROXY: "11" }, "TRUST_PROXY"],
  ["a country that is none", { OTP_COUNTRIES: "DE,XX" }, "OTP_COUNTRIES"],
  ["a country in small letters", { OTP_COUNTRIES: "de" }, "OTP_COUNTRIES"],
  ["every origin there is", { CORS_ORIGINS: "*" }, "CORS_ORIGINS"],
])("%s is refused", (_, env, name) => {
  const faults = faultsOf(env);
  expect(faults).toHaveLength(1);
  expect(faults[0]?.startsWith(name)).toBe(true);
});

test("origins are separated by commas", () => {
  const text = "https://example.com, http://localhost:5173,capacitor://localhost";
  expect(readConfig({ ...GIVEN, CORS_ORIGINS: text }).http.corsOrigins).toEqual([
    "https://example.com",
    "http://localhost:5173",
    "capacitor://localhost",
  ]);
});

describe("JWT_SECRET", () => {
  const [older, newer] = ["an old secret of the length asked for", "a new secret of the length asked for"];
  const authOf = (secret: string) => readConfig({ ...GIVEN, JWT_SECRET: secret }).auth;

  test("may hold two secrets, the newest first", () => {
    expect(authOf(`${newer}, ${older}`)).toMatchObject({ jwtSecret: newer, previousJwtSecret: older });
    expect(authOf(newer)).toMatchObject({ jwtSecret: newer, previousJwtSecret: undefined });
    expect(faultsOf({ JWT_SECRET: `${newer},${older},${older}` })).toEqual([
      "JWT_SECRET: must hold two secrets at most: the new one, and the one before",
    ]);
  });

  test("is not divided by a comma that would leave less than a secret", () => {
    const whole = "one secret, with a comma in the middle of it";
    expect(authOf(whole)).toMatchObject({ jwtSecret: whole, previousJwtSecret: undefined });
  });
});

test("billing needs its secret and its price with the key, and a base without a path", () => {
  const key = { STRIPE_SECRET_KEY: "sk_test_1" };
  expect(faultsOf(key)).toEqual([
    "STRIPE_WEBHOOK_SECRET must be set with STRIPE_SECRET_KEY",
    "STRIPE_PRO_PRICE_ID must be set with STRIPE_SECRET_KEY",
  ]);
  const all = { ...key, STRIPE_WEBHOOK_SECRET: "whsec_1", STRIPE_PRO_PRICE_ID: "price_1" };
  expect(faultsOf({ ...all, STRIPE_API_BASE: "http://localhost:12111" })).toEqual([]);
  expect(faultsOf({ ...all, STRIPE_API_BASE: "http://localhost:12111/v1" })).toEqual([
    "STRIPE_API_BASE: must have no path",
  ]);
  expect(readConfig({ ...GIVEN, STRIPE_WEBHOOK_SECRET: "whsec_1" }).stripe).toBeNull();
});

test("webhooks have one secret, or several while one replaces another", () => {
  const given = (secrets: string) => ({
    STRIPE_SECRET_KEY: "sk_test_1",
    STRIPE_PRO_PRICE_ID: "price_1",
    STRIPE_WEBHOOK_SECRET: secrets,
  });
  const read = (secrets: string) => readConfig({ ...GIVEN, ...given(secrets) }).stripe?.webhookSecrets;
  expect(read("whsec_1")).toEqual(["whsec_1"]);
  expect(read(" whsec_new, whsec_old,")).toEqual(["whsec_new", "whsec_old"]);
  for (const wrong of [
    "secret",
    "whsec_",
    "whsec_a b",
    "whsec_1;whsec_2 ",
    "whsec_1,sk_test_1",
    ",",
    "whsec_1,".repeat(4),
  ])
    expect(faultsOf(given(wrong))).toEqual([expect.stringContaining("STRIPE_WEBHOOK_SECRET: must be a secret")]);
});
