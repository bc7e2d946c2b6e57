import { randomBytes } from "node:crypto";
import { z } from "zod";
import { ModelId, type ModelCatalogue } from "./model-catalogue/catalogue.ts";
import { readCatalogue } from "./model-catalogue/read-catalogue.ts";
import {
  MAX_WAIT,
  SECRET_LENGTH,
  UNIT_MS,
  count,
  countries,
  duration,
  flag,
  grace,
  httpOrigin,
  httpUrl,
  isLoopback,
  lifetime,
  modelNames,
  origins,
  postgresUrl,
  proxies,
  redisUrl,
  secrets,
  webhookSecrets,
} from "./setting-values.ts";

export type { TrustProxy } from "./setting-values.ts";

/** All settings. Times are in milliseconds unless the name has another unit. */
export type Config = Readonly<ReturnType<typeof readConfig>>;

/** All faults of the environment at once, one line each. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The settings have ${faults.length} fault(s):\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
    this.faults = faults;
  }
}

const Environment = z.object({
  NODE_ENV: z.enum(["development", "test", "production"]).default("development"),
  HOST: z.string().min(1).default("127.0.0.1"),
  PORT: count(0, 65_535).default(4000),
  WORKER_HEALTH_PORT: count(0, 65_535).optional(),
  METRICS_PORT: count(0, 65_535).optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  APP_URL: httpUrl.default("http://localhost:4000"),
  CORS_ORIGINS: origins.default([]),
  TRUST_PROXY: proxies.default(0),
  GRAPHIQL: flag.optional(),
  WEB: flag.prefault("true"),
  INTROSPECTION: flag.optional(),

  DATABASE_URL: postgresUrl,
  DATABASE_POOL: count(1, 200).default(10),
  REDIS_URL: redisUrl,

  JWT_SECRET: secrets.optional(),
  ACCESS_TOKEN_TTL: lifetime.prefault("15m"),
  REFRESH_TOKEN_TTL: lifetime.prefault("30d"),
  OTP_DELIVERY: z.enum(["response", "log", "webhook"]).optional(),
  OTP_WEBHOOK_URL: httpUrl.optional(),
  OTP_WEBHOOK_SECRET: z.string().min(SECRET_LENGTH, `must have at least ${SECRET_LENGTH} characters`).optional(),
  OTP_PER_IP: count(0, 1_000_000).optional(),
  OTP_PER_COUNTRY: count(0, 10_000_000).optional(),
  OTP_PER_HOUR: count(0, 10_000_000).optional(),
  OTP_COUNTRIES: countries.default([]),

  GEMINI_API_KEY: z.string().min(1).optional(),
  GEMINI_BASE_URL: httpUrl.optional(),
  MODELS_FILE: z.string().min(1).optional(),
  GEMINI_MODEL: ModelId.optional(),
  GEMINI_MODELS: modelNames.optional(),
  GENERATED_TITLES: flag.default(true),
  TITLE_MODEL: ModelId.optional(),
  CONTEXT_TOKENS: count(1_000, 100_000_000).default(32_000),
  GENERATED_SUMMARIES: flag.default(true),
  SUMMARY_MODEL: ModelId.optional(),
  GEMINI_FIRST_CHUNK_TIMEOUT: duration("1ms", MAX_WAIT).optional(),
  GEMINI_IDLE_TIMEOUT: duration("1ms", MAX_WAIT).prefault("30s"),
  MODEL_RETRY_BASE: duration("0s", MAX_WAIT).prefault("1s"),
  MODEL_BREAKER_FAILURES: count(0, 10_000).default(10),
  MODEL_BREAKER_OPEN: duration("0s", MAX_WAIT).prefault("30s"),
  MODEL_MAX_WAIT: duration("0s", MAX_WAIT).prefault("2m"),

  STRIPE_SECRET_KEY: z.string().min(1).optional(),
  STRIPE_WEBHOOK_SECRET: webhookSecrets.optional(),
  STRIPE_PRO_PRICE_ID: z.string().min(1).optional(),
  STRIPE_API_BASE: httpOrigin.optional(),
  ROOMS_PER_USER: count(0, 1_000_000).default(10_000),
  DELETE_UNDO: lifetime.prefault("7d"),
  BILLING_GRACE: grace.prefault("7d"),

  REQUESTS_PER_IP: count(0, 1_000_000).default(1_200),
  REQUESTS_PER_USER: count(0, 1_000_000).default(600),
  SOCKETS_PER_IP: count(0, 1_000_000).default(500),
  SOCKETS_PER_USER: count(0, 1_000_000).default(50),
  STREAMS_PER_SESSION: count(0, 1_000_000).default(25),
  USER_CONCURRENT_REPLIES: count(0, 1_000).default(5),
  BASIC_DAILY_MESSAGES: count(0, 1_000_000).optional(),
  PRO_DAILY_MESSAGES: count(0, 1_000_000).default(0),
  BASIC_DAILY_COST: count(1, 1_000_000_000_000_000).optional(),
  PRO_DAILY_COST: count(1, 1_000_000_000_000_000).optional(),
  DRAIN: duration("0s", "5m").optional(),
  SHUTDOWN_GRACE: duration("0s", MAX_WAIT).prefault("15s"),
  WORKER_CONCURRENCY: count(1, 2_000).default(500),
});

/**
 * Reads and checks the settings. Nothing else reads the environment.
 *
 * @param env the variables, usually `process.env`; an empty string counts as not set
 * @throws {ConfigError} naming every fault
 */
export function readConfig(env: NodeJS.ProcessEnv) {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value));
  const parsed = Environment.safeParse(given);
  const catalogue = readCatalogue({
    file: given["MODELS_FILE"],
    defaultId: ModelId.safeParse(given["GEMINI_MODEL"]).data,
    offered: modelNames.safeParse(given["GEMINI_MODELS"]).data,
  });
  const faults = [
    ...(parsed.error?.issues.map((issue) => describe(issue, given)) ?? []),
    ...findContradictions(given),
    ...("faults" in catalogue ? catalogue.faults : findUnknownModels(catalogue, given)),
  ];
  if (!parsed.success || faults.length > 0 || "faults" in catalogue) throw new ConfigError(faults);

  const set = parsed.data;
  const [production, development] = [set.NODE_ENV === "production", set.NODE_ENV === "development"];
  const otpDelivery = set.OTP_DELIVERY ?? "response";
  const otpUnlimited = development && otpDelivery !== "webhook";
  // Without a secret of its own a development API signs with one that dies with the process.
  const [jwtSecret = randomBytes(32).toString("base64url"), previousJwtSecret] = set.JWT_SECRET ?? [];
  return {
    production,
    /** Tests are neither. */
    development,
    web: set.WEB,
    http: {
      host: set.HOST,
      port: set.PORT,
      appUrl: set.APP_URL,
      corsOrigins: set.CORS_ORIGINS,
      /** Whether pages of localhost, on any port, may call the API as well. */
      localPages: development,
      trustProxy: set.TRUST_PROXY,
    },
    limits: {
      requestsPerIp: set.REQUESTS_PER_IP,
      requestsPerUser: set.REQUESTS_PER_USER,
      socketsPerIp: set.SOCKETS_PER_IP,
      socketsPerUser: set.SOCKETS_PER_USER,
      streamsPerSession: set.STREAMS_PER_SESSION,
      repliesPerUser: set.USER_CONCURRENT_REPLIES,
    },
    graphql: { graphiql: set.GRAPHIQL ?? !production, introspection: set.INTROSPECTION ?? !production },
    log: { level: set.LOG_LEVEL },
    metricsPort: set.METRICS_PORT,
    /** Whether there is a collector of traces, which OpenTelemetry's SDK finds by the same setting. */
    traces: set.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined,
    /** How long a stopping API still serves after `/ready` has turned. */
    drain: set.DRAIN ?? (production ? 5 * UNIT_MS.s : 0),
    shutdownGrace: set.SHUTDOWN_GRACE,
    database: { url: set.DATABASE_URL, poolSize: set.DATABASE_POOL },
    redis: { url: set.REDIS_URL },
    auth: {
      jwtSecret,
      /** The previous secret: it signs nothing, but its tokens stay valid until they expire. */
      previousJwtSecret,
      accessTokenTtl: set.ACCESS_TOKEN_TTL,
      refreshTokenTtl: set.REFRESH_TOKEN_TTL,
    },
    otp: {
      delivery: otpDelivery,
      webhookUrl: set.OTP_WEBHOOK_URL,
      webhookSecret: set.OTP_WEBHOOK_SECRET,
      perIp: set.OTP_PER_IP ?? (otpUnlimited ? 0 : 60),
      /** Codes an hour to the numbers of one country, and in all; 0 means no limit. */
      perCountry: set.OTP_PER_COUNTRY ?? (otpUnlimited ? 0 : 500),
      perHour: set.OTP_PER_HOUR ?? (otpUnlimited ? 0 : 2_000),
      /** Whose numbers get codes; empty for all. */
      countries: set.OTP_COUNTRIES,
      /** In development no code goes to a real phone: one number may ask as often as somebody tries things out. */
      unlimited: otpUnlimited,
    },
    gemini: { apiKey: set.GEMINI_API_KEY, baseUrl: set.GEMINI_BASE_URL },
    models: catalogue,
    /** `modelId`: without it the cheapest model that every plan covers. */
    titles: { generated: set.GENERATED_TITLES, modelId: set.TITLE_MODEL },
    context: {
      maxTokens: set.CONTEXT_TOKENS,
      /** `modelId`: without it the cheapest model that every plan covers. */
      summaries: { generated: set.GENERATED_SUMMARIES, modelId: set.SUMMARY_MODEL },
    },
    modelRetryBase: set.MODEL_RETRY_BASE,
    modelMaxWait: set.MODEL_MAX_WAIT,
    modelBreaker: { failures: set.MODEL_BREAKER_FAILURES, openMs: set.MODEL_BREAKER_OPEN },
    modelTimeouts: {
      idleTimeoutMs: set.GEMINI_IDLE_TIMEOUT,
      ...(set.GEMINI_FIRST_CHUNK_TIMEOUT !== undefined && { firstChunkTimeoutMs: set.GEMINI_FIRST_CHUNK_TIMEOUT }),
    },
    stripe: readStripe(set),
    rooms: { perUser: set.ROOMS_PER_USER, deleteUndoMs: set.DELETE_UNDO },
    billing: { graceMs: set.BILLING_GRACE },
    quota: {
      basicDailyMessages: set.BASIC_DAILY_MESSAGES ?? (development ? 1_000 : 5),
      proDailyMessages: set.PRO_DAILY_MESSAGES,
      dailyCost: { BASIC: set.BASIC_DAILY_COST ?? null, PRO: set.PRO_DAILY_COST ?? null },
    },
    worker: { concurrency: set.WORKER_CONCURRENCY, healthPort: set.WORKER_HEALTH_PORT },
  };
}

/** How Stripe is reached; null where nothing is sold. */
function readStripe(set: z.output<typeof Environment>) {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: signing, STRIPE_PRO_PRICE_ID: proPriceId } = set;
  if (!secretKey || !signing || !proPriceId) return null;
  return { secretKey, webhookSecrets: signing, proPriceId, apiBase: set.STRIPE_API_BASE };
}

/** Faults of combinations of settings. Reads the settings as given, so that it reports them beside other faults. */
function findContradictions(given: NodeJS.ProcessEnv): string[] {
  const { HOST, JWT_SECRET, OTP_DELIVERY, OTP_WEBHOOK_URL, OTP_WEBHOOK_SECRET } = given;
  const { STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, STRIPE_PRO_PRICE_ID } = given;
  const production = given["NODE_ENV"] === "production";
  return [
    production && !JWT_SECRET && "JWT_SECRET must be set in production",
    production && OTP_DELIVERY === "response" && "OTP_DELIVERY=response would hand codes to anybody: not in production",
    production &&
      !OTP_DELIVERY &&
      "OTP_DELIVERY must be set in production: webhook, or log, which shows every code there",
    !production &&
      !OTP_DELIVERY &&
      HOST &&
      !isLoopback(HOST) &&
      "OTP_DELIVERY must be set with a HOST that others reach: response would hand codes to all of them",
    OTP_DELIVERY === "webhook" && !OTP_WEBHOOK_URL && "OTP_WEBHOOK_URL must be set with OTP_DELIVERY=webhook",
    OTP_DELIVERY === "webhook" && !OTP_WEBHOOK_SECRET && "OTP_WEBHOOK_SECRET must be set with OTP_DELIVERY=webhook",
    STRIPE_SECRET_KEY && !STRIPE_WEBHOOK_SECRET && "STRIPE_WEBHOOK_SECRET must be set with STRIPE_SECRET_KEY",
    STRIPE_SECRET_KEY && !STRIPE_PRO_PRICE_ID && "STRIPE_PRO_PRICE_ID must be set with STRIPE_SECRET_KEY",
  ].filter((fault): fault is string => typeof fault === "string" && fault !== "");
}

/** Settings that name a model which the catalogue does not have. */
const findUnknownModels = ({ models }: ModelCatalogue, given: NodeJS.ProcessEnv): string[] =>
  ["TITLE_MODEL", "SUMMARY_MODEL"].flatMap((name) => {
    const { data: id } = ModelId.safeParse(given[name]);
    return id === undefined || models.has(id) ? [] : [`${name}: there is no ${id} among the models that are offered`];
  });

function describe(issue: z.core.$ZodIssue, given: Record<string, unknown>): string {
  const name = issue.path.join(".");
  return name in given ? `${name}: ${issue.message}` : `${name} must be set`;
}
