import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findViolations } from "../../scripts/imports/find-violations.ts";
import { type Manifest, readImportGraph } from "../../scripts/imports/import-graph.ts";
import { IMPORT_RULES } from "../../scripts/imports/import-rules.ts";
import { readSources } from "../../scripts/imports/read-sources.ts";

type Sources = Record<string, string>;

const MANIFEST = { dependencies: { zod: "*", "@scope/kept": "*" }, devDependencies: { vitest: "*" } };

/** Those of the sources that a sample does not write itself; together they break no rule. */
const SOUND: Sources = {
  "src/config.ts": `import { z } from "zod"; export const config = z;`,
  "src/errors.ts": `export class DomainError extends Error {}`,
  "src/main.ts": `import { app } from "./app.ts"; import { context } from "./app-context.ts"; app(context);`,
  "src/app.ts": `import { context } from "./app-context.ts"; import { serve } from "./http/server.ts";
                 export const app = (given: typeof context) => serve(given);`,
  "src/app-context.ts": `import { redis } from "./platform/redis.ts"; import { config } from "./config.ts";
                         export const context = { redis, config }; export type AppContext = typeof context;`,
  "src/platform/redis.ts": `import "../errors.ts"; export const redis = 1;`,
  "src/graphql/builder.ts": `import type { Viewer } from "../auth/authenticate.ts"; export const builder = 1;`,
  "src/graphql/schema.ts": `import "../chat/schema.ts"; import "../auth/schema.ts"; import "./builder.ts";`,
  "src/http/server.ts": `import "../graphql/schema.ts"; export const serve = (given: unknown) => given;`,
  "src/auth/authenticate.ts": `export type Viewer = string; export const authenticate = 1;`,
  "src/auth/schema.ts": `import "../graphql/builder.ts"; import "./authenticate.ts";`,
  "src/chat/schema.ts": `import "../graphql/builder.ts"; import "./send-message.ts"; import "../auth/authenticate.ts";`,
  "src/chat/send-message.ts": `import type { AppContext } from "../app-context.ts"; import "../replies/jobs.ts";`,
  "src/replies/jobs.ts": `import { z } from "zod"; import "@scope/kept/deep.js"; import "node:crypto"; export default z;`,
  "src/replies/generate-reply.ts": `import "./jobs.ts"; import "../errors.ts"; import "../platform/redis.ts";`,
  "worker/main.ts": `import "../src/app-context.ts"; import "./tasks/generate.ts";`,
  "worker/tasks/generate.ts": `import "../../src/replies/generate-reply.ts";`,
  "scripts/dev.ts": `import "vitest";`,
};

/** A way to break each rule: what the module at fault says, and the chain that is to be reported. */
const BREAKS: Record<string, { sources: Sources; chain: string[] }[]> = {
  "use-cases-know-no-transport": [
    {
      sources: { "src/chat/send-message.ts": `import "../graphql/builder.ts";` },
      chain: ["src/chat/send-message.ts", "src/graphql/builder.ts"],
    },
    {
      sources: {
        "src/chat/send-message.ts": `export * from "./helper.ts";`,
        "src/chat/helper.ts": `type Server = import("../http/server.ts").Server;`,
      },
      chain: ["src/chat/send-message.ts", "src/chat/helper.ts", "src/http/server.ts"],
    },
    {
      sources: { "src/replies/jobs.ts": `import "./schema.ts";`, "src/replies/schema.ts": "" },
      chain: ["src/replies/jobs.ts", "src/replies/schema.ts"],
    },
  ],
  "worker-reaches-no-graphql": [
    {
      sources: { "worker/tasks/generate.ts": `await import("../../src/http/server.ts");` },
      chain: ["worker/tasks/generate.ts", "src/http/server.ts"],
    },
    {
      sources: {
        "worker/tasks/generate.ts": `import "../../src/platform/redis.ts";`,
        "src/platform/redis.ts": `import type { Room } from "../chat/schema.ts";`,
      },
      chain: ["worker/tasks/generate.ts", "src/platform/redis.ts", "src/chat/schema.ts"],
    },
  ],
  "platform-knows-no-feature": [
    {
      sources: { "src/platform/redis.ts": `import { z } from "../replies/jobs.ts";` },
      chain: ["src/platform/redis.ts", "src/replies/jobs.ts"],
    },
  ],
  "foundations-import-nothing": [
    {
      sources: { "src/errors.ts": `import "./config.ts";` },
      chain: ["src/errors.ts", "src/config.ts"],
    },
  ],
  "context-is-made-of-platform": [
    {
      sources: { "src/app-context.ts": `import "./replies/jobs.ts";` },
      chain: ["src/app-context.ts", "src/replies/jobs.ts"],
    },
  ],
  "context-is-only-a-type": [
    {
      sources: { "src/chat/send-message.ts": `import { type AppContext, context } from "../app-context.ts";` },
      chain: ["src/chat/send-message.ts", "src/app-context.ts"],
    },
  ],
  "contracts-stand-alone": [
    {
      sources: {
        "src/replies/jobs.ts": `import type { Reply } from "./generate-reply.ts";`,
        "src/replies/generate-reply.ts": "",
      },
      chain: ["src/replies/jobs.ts", "src/replies/generate-reply.ts"],
    },
  ],
  "schema-files-stay-in-their-feature": [
    {
      sources: { "src/chat/schema.ts": `import "../replies/generate-reply.ts";` },
      chain: ["src/chat/schema.ts", "src/replies/generate-reply.ts"],
    },
    {
      sources: { "src/chat/schema.ts": `import "../auth/schema.ts";` },
      chain: ["src/chat/schema.ts", "src/auth/schema.ts"],
    },
  ],
  "graphql-gathers-schema-files": [
    {
      sources: { "src/graphql/builder.ts": `import "../chat/send-message.ts";` },
      chain: ["src/graphql/builder.ts", "src/chat/send-message.ts"],
    },
  ],
  "http-goes-through-graphql": [
    {
      sources: { "src/http/server.ts": `import "../chat/schema.ts";` },
      chain: ["src/http/server.ts", "src/chat/schema.ts"],
    },
  ],
  "entries-are-not-imported": [
    { sources: { "scripts/dev.ts": `import "../worker/main.ts";` }, chain: ["scripts/dev.ts", "worker/main.ts"] },
  ],
  "src-imports-nothing-around-it": [
    {
      sources: { "src/app.ts": `import "../worker/tasks/generate.ts";` },
      chain: ["src/app.ts", "worker/tasks/generate.ts"],
    },
  ],
  "worker-imports-no-tooling": [
    { sources: { "worker/main.ts": `import "../scripts/dev.ts";` }, chain: ["worker/main.ts", "scripts/dev.ts"] },
  ],
  "no-dev-dependencies": [
    { sources: { "src/app.ts": `import { test } from "vitest";` }, chain: ["src/app.ts", "npm-dev:vitest"] },
    {
      sources: { "scripts/migrate.ts": `import "./dev.ts";` },
      chain: ["scripts/migrate.ts", "scripts/dev.ts", "npm-dev:vitest"],
    },
  ],
  "no-unlisted-packages": [
    { sources: { "scripts/dev.ts": `import "@scope/lost";` }, chain: ["scripts/dev.ts", "npm-unlisted:@scope/lost"] },
  ],
  "imports-can-be-followed": [
    { sources: { "src/app.ts": `import "./gone.ts";` }, chain: ["src/app.ts", "missing:src/gone.ts"] },
    { sources: { "worker/main.ts": "await import(process.argv[2]);" }, chain: ["worker/main.ts", "computed:"] },
  ],
  "no-cycles": [
    {
      sources: {
        "src/replies/generate-reply.ts": `import "./finish-reply.ts";`,
        "src/replies/finish-reply.ts": `import type { Reply } from "./generate-reply.ts";`,
      },
      chain: ["src/replies/generate-reply.ts", "src/replies/finish-reply.ts", "src/replies/generate-reply.ts"],
    },
  ],
};

const violationsOf = (sources: Sources, manifest: Manifest = MANIFEST) =>
  findViolations(readImportGraph(new Map(Object.entries(sources)), manifest), IMPORT_RULES);

test("the project keeps to its import directions", () => {
  const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
  expect(violationsOf(Object.fromEntries(readSources(".")), manifest)).toEqual([]);
});

test("a sound project breaks no rule", () => {
  expect(violationsOf(SOUND)).toEqual([]);
});

test("every rule has a sample that breaks it", () => {
  expect(Object.keys(BREAKS).toSorted()).toEqual([...IMPORT_RULES.map((rule) => rule.name), "no-cycles"].toSorted());
});

const samples = Object.entries(BREAKS).flatMap(([rule, breaks]) =>
  breaks.map(({ sources, chain }) => ({ rule, sources, chain, label: chain.join(" → ") })),
);

test.each(samples)("$rule refuses $label", ({ rule, sources, chain }) => {
  const found = violationsOf({ ...SOUND, ...sources });
  expect(found).toContainEqual(expect.objectContaining({ rule, chain, line: 1 }));
});
