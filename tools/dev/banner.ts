import { styleText } from "node:util";
import { readConfig, type Config } from "../../src/config.ts";
import type { Stack } from "../local-stack/stack.ts";
import type { Address } from "./address.ts";

/** What a developer wants to know of the stack that is up: where its parts are, and what is not as in production. */
export function describeStack({ env, own }: Stack, { url, wsUrl }: Address, dataDir: string): string {
  const config = readConfig({ ...process.env, ...env });
  const rows = [
    ["Chat", config.web ? url.replace(/graphql$/, "") : "off; WEB=true brings the page back"],
    ["GraphiQL", config.graphql.graphiql ? url : "off; GRAPHIQL=true brings it back"],
    ["WebSocket", wsUrl],
    ["SSE", `${url} with Accept: text/event-stream`],
    ["PostgreSQL", own.postgres ? env.DATABASE_URL : "the one at DATABASE_URL"],
    ["Redis", own.redis ? env.REDIS_URL : "the one at REDIS_URL"],
    ["Gemini", own.gemini ? "a local fake; put a GEMINI_API_KEY into .env for the real one" : "the real one"],
    ["Billing", config.stripe ? "Stripe" : "nothing is sold; docs/BILLING.md says how to try it"],
    ["Browsers", describePages(config)],
    ["Limits", describeLimits(config)],
  ];
  return [
    "",
    ...rows.map(([name = "", value = ""]) => `  ${paint("bold", name.padEnd(12))}${value}`),
    "",
    "  Next: open the chat page or GraphiQL, or run `npm run demo` in another terminal.",
    `  Ctrl-C stops everything. The data stays in ${dataDir}/.`,
    "",
  ].join("\n");
}

/** Styled where the output is a terminal. */
export function paint(style: "bold" | "cyan", text: string): string {
  return process.stdout.isTTY ? styleText(style, text) : text;
}

function describePages({ http }: Config): string {
  const pages = [...(http.localPages ? ["those of localhost on any port"] : []), ...http.corsOrigins];
  return pages.length > 0 ? `pages that may call the API: ${pages.join(", ")}` : "no other page may call the API";
}

function describeLimits({ quota, otp }: Config): string {
  const messages = `${quota.basicDailyMessages} messages a day (BASIC_DAILY_MESSAGES)`;
  return otp.unlimited ? `development: ${messages}, any number of codes; production is strict` : messages;
}
