import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import { buildImageTree } from "../../tools/build/image-tree.ts";
import { startFakeGemini } from "../../tools/fakes/gemini/fake-gemini.ts";
import { findFreePort } from "../../tools/local-stack/ports.ts";
import { startGuarded } from "../../tools/local-stack/guarded.ts";
import { createDatabase, dropDatabase } from "../../tools/local-stack/postgres.ts";
import { startRedis } from "../../tools/local-stack/redis.ts";
import { createTestClient } from "../_support/client.ts";
import { expectWholeReply } from "../_support/expect-reply.ts";

const MEGABYTE = 1_000_000;

test("the files of the image run on Node 24, and are as large as the docs say", { timeout: 900_000 }, async () => {
  const dir = mkdtempSync(join(tmpdir(), "colloquy-app-"));
  const cleanUp: (() => unknown)[] = [() => rmSync(dir, { recursive: true, force: true })];
  onTestFinished(async () => {
    for (const each of cleanUp.toReversed()) await each();
  });
  const { env: imageEnv, entrypoint, command, health } = buildImageTree(dir);
  const node = execFileSync("npx", ["--yes", "--package=node@24", "--", "node", "--print", "process.execPath"], {
    encoding: "utf8",
  }).trim();

  const stated = /files of the image take (\d+) MB/.exec(readFileSync("docs/OPERATIONS.md", "utf8"))?.[1];
  const megabytes = sizeOf(dir) / MEGABYTE;
  expect(Math.abs(megabytes - Number(stated)), `${megabytes} MB`).toBeLessThan(megabytes * 0.05);

  const [gemini, redis] = await Promise.all([startFakeGemini({ chunkDelayMs: 5 }), startRedis()]);
  const server = inject("postgresUrl");
  const databaseUrl = await createDatabase(server, "image");
  cleanUp.push(
    () => gemini.close(),
    () => redis.stop(),
    () => dropDatabase(server, "image"),
  );
  const env = {
    ...imageEnv,
    HOST: "127.0.0.1",
    PORT: String(await findFreePort()),
    DRAIN: "0s",
    DATABASE_URL: databaseUrl,
    REDIS_URL: redis.url,
    JWT_SECRET: "a secret that only tests ever use, and long enough",
    // Production hands no code out.
    NODE_ENV: "test",
    OTP_DELIVERY: "response",
    GEMINI_API_KEY: "test-key",
    GEMINI_BASE_URL: gemini.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
  };
  const [program, ...flags] = entrypoint;
  expect(program).toBe("node");
  const start = async (args: readonly string[]) => {
    const lines: string[] = [];
    const order = { name: args.join(" "), command: node, args: [...flags, ...args], cwd: dir, env };
    const started = await startGuarded({ ...order, onLine: (line) => lines.push(line) });
    return { ...started, lines };
  };

  const migration = await start(["dist/src/migrate.js"]);
  expect({ ...(await migration.ended), says: migration.lines.at(-1) }).toMatchObject({ code: 0 });
  const programs = await Promise.all(
    [command, ["--max-semi-space-size=32", "--initial-old-space-size=256", "dist/worker/main.js"]].map(start),
  );
  cleanUp.push(() => Promise.all(programs.map((each) => each.stop())));
  for (const { lines } of programs)
    await expect.poll(() => lines.find((line) => line.includes("is ready"))).toContain('"node":"v24.');

  const [, ...healthArgs] = health;
  execFileSync(node, healthArgs, { env });
  const client = createTestClient(`http://127.0.0.1:${env.PORT}/graphql`);
  cleanUp.push(() => client.close());
  await client.signIn();
  const { replyId } = await client.send(await client.createRoom(), "Does it run?");
  expect(await expectWholeReply(client, client.watchReply(replyId))).toMatchObject({ status: "COMPLETE" });
  const page = await fetch(`http://127.0.0.1:${env.PORT}/`, { headers: { accept: "text/html" } });
  expect(await page.text()).toContain("<html");
});

/** In bytes, of the files alone. */
const sizeOf = (dir: string): number =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
