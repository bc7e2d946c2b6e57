import { expect, test } from "vitest";
import { findViolations } from "../../tools/checks/imports/find-violations.ts";
import { readModules } from "../../tools/checks/imports/read-modules.ts";
import { ROOMS } from "../../tools/checks/imports/rooms.ts";
import manifest from "../../package.json" with { type: "json" };

const DEPENDENCIES = Object.keys(manifest.dependencies);

const violationsOf = (module: string, text: string) =>
  findViolations(new Map([[module, text]]), ["zod", "@scope/kept"]);

test("the project keeps to its import directions", () => {
  expect(findViolations(readModules("."), DEPENDENCIES)).toEqual([]);
});

test("every room has modules, and allows only rooms that there are", () => {
  const modules = [...readModules(".").keys()];
  const unread = new Set(["src/features/*/schema", "src/generated/"]);
  for (const [room, allowed] of Object.entries(ROOMS)) {
    if (!unread.has(room))
      expect
        .soft(
          modules.filter((path) => path.startsWith(room)),
          room,
        )
        .not.toEqual([]);
    const named = allowed.map((entry) => entry.replace(/^type:/, ""));
    const known = new Set([...Object.keys(ROOMS), "src/features/<own>/"]);
    expect
      .soft(
        named.filter((entry) => !known.has(entry)),
        room,
      )
      .toEqual([]);
  }
});

test("no two features may import each other", () => {
  const features = Object.keys(ROOMS).filter((room) => room.startsWith("src/features/") && !room.endsWith("schema"));
  const pairs = features.flatMap((one) => features.filter((two) => two > one).map((two) => [one, two] as const));
  const mutual = pairs.filter(([one, two]) => ROOMS[one]?.includes(two) && ROOMS[two]?.includes(one));
  expect(mutual).toEqual([]);
});

test.each([
  ["src/features/turns/send-message.ts", `import "../replies/enqueue-reply.ts";`],
  ["src/features/turns/send-message.ts", `import type { AppContext } from "../../app-context.ts";`],
  ["src/features/turns/send-message.ts", `import { type AppContext } from "../../app-context.ts";`],
  ["src/features/rooms/schema/chatroom.ts", `import "../../../graphql/builder.ts"; import "../find-chatroom.ts";`],
  ["src/features/rooms/schema/chatroom.ts", `import "./chatroom-queries.ts"; import "../../auth/viewer.ts";`],
  ["src/http/graphql/schema.ts", `import "../../features/rooms/schema/chatroom.ts";`],
  ["src/platform/redis/redis.ts", `import { z } from "zod"; import "@scope/kept/deep.js"; import "node:crypto";`],
  ["src/platform/redis/redis.ts", `import type { Test } from "vitest";`],
  ["worker/main.ts", `import "../src/app-context.ts"; import "./tasks/generate-reply.ts";`],
  ["web/graphiql/main.ts", `import "./style.css"; import text from "./logo.svg?raw"; import "vite/client";`],
  ["tools/dev.ts", `import "vitest"; import "../src/app-context.ts"; import "../worker/job-worker.ts";`],
])("%s may: %s", (module, text) => {
  expect(violationsOf(module, text)).toEqual([]);
});

test.each([
  ["src/features/turns/send-message.ts", `import "../../graphql/builder.ts";`],
  ["src/features/turns/send-message.ts", `export * from "../../http/live-feeds.ts";`],
  ["src/features/turns/send-message.ts", `import { type AppContext, createAppContext } from "../../app-context.ts";`],
  ["src/features/turns/send-message.ts", `await import("../../app.ts");`],
  ["src/features/replies/jobs.ts", `import "./schema/reply-chunk.ts";`],
  ["src/features/replies/jobs.ts", `import "../turns/send-message.ts";`],
  ["src/features/rooms/list-chatrooms.ts", `import type { Page } from "../messages/read-branches.ts";`],
  ["src/features/rooms/schema/chatroom.ts", `import "../../messages/schema/message.ts";`],
  ["src/features/rooms/schema/chatroom.ts", `import "../../replies/stop-reply.ts";`],
  ["src/features/rooms/schema/chatroom.ts", `import "../../../http/graphql/yoga.ts";`],
  ["src/graphql/builder.ts", `import "../features/rooms/find-chatroom.ts";`],
  ["src/http/graphql/yoga.ts", `import "../../features/rooms/schema/chatroom.ts";`],
  ["src/platform/redis/redis.ts", `import "../../features/replies/jobs.ts";`],
  ["src/platform/redis/redis.ts", `import { test } from "vitest";`],
  ["src/errors.ts", `import "./config.ts";`],
  ["src/app-context.ts", `import "./features/replies/jobs.ts";`],
  ["src/app.ts", `import "../worker/job-worker.ts";`],
  ["src/app.ts", `await import(process.argv[2]);`],
  ["worker/main.ts", `import "../tools/dev.ts";`],
  ["worker/tasks/generate-reply.ts", `import "../../src/http/live-feeds.ts";`],
  ["worker/tasks/generate-reply.ts", `import "../../src/features/rooms/schema/chatroom.ts";`],
  ["web/graphiql/main.ts", `import "../../src/config.ts";`],
  ["src/http/web-pages.ts", `import "../../web/graphiql/memory.ts";`],
  ["tools/dev.ts", `import "../worker/main.ts";`],
])("%s may not: %s", (module, text) => {
  expect(violationsOf(module, text)).toEqual([expect.objectContaining({ module, line: 1 })]);
});
