import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { applyMigrations } from "../../src/platform/postgres/migrations.ts";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import { createDatabase } from "../../tools/local-stack/postgres.ts";
import { startRedis } from "../../tools/local-stack/redis.ts";
import { startColloquy } from "../_support/colloquy.ts";
import { GetMessage } from "../_support/documents.ts";
import { expectWholeReply } from "../_support/expect-reply.ts";
import { debianPrograms, startDebianPostgres } from "./backup/debian-postgres.ts";

const missing = debianPrograms === undefined ? " (Debian's package postgresql is not installed here)" : "";

describe.skipIf(missing)(`a backup${missing}`, () => {
  test("brings rooms, sessions and running replies back, with an empty Redis", { timeout: 240_000 }, async () => {
    const bin = debianPrograms ?? "";
    const dir = mkdtempSync(join(tmpdir(), "colloquy-backup-"));
    const postgres = await startDebianPostgres(bin);
    const databaseUrl = await createDatabase(postgres.url, "colloquy");
    await applyMigrations(databaseUrl);
    const colloquy = await startColloquy({ databaseUrl });
    const emptyRedis = await startRedis();
    onTestFinished(async () => {
      await colloquy.close();
      await Promise.all([postgres.stop(), emptyRedis.stop()]);
      rmSync(dir, { recursive: true });
    });
    const alice = await colloquy.signIn();
    const room = await alice.createRoom();
    const first = await alice.send(room, "before the backup");
    const before = await expectWholeReply(alice, alice.watchReply(first.replyId));
    const gate = createGate();
    colloquy.gemini.onPrompt("while it is made", [{ text: "so far" }, { waitFor: gate }]);
    colloquy.gemini.onPrompt("while it is made", [{ text: "after it was restored" }]);
    const running = await alice.send(room, "while it is made");
    await alice.watchReply(running.replyId).until(({ text }) => text !== "");

    const dump = join(dir, "colloquy.dump");
    execFileSync(join(bin, "pg_dump"), ["--format=custom", `--file=${dump}`, databaseUrl]);
    await alice.send(await alice.createRoom(), "what comes after it is lost");
    await Promise.all([...colloquy.apis, ...colloquy.workers].map((process) => process.kill()));
    gate.open();

    const restoredUrl = await createDatabase(postgres.url, "restored");
    execFileSync(join(bin, "pg_restore"), ["--no-owner", "--exit-on-error", `--dbname=${restoredUrl}`, dump]);
    expect(await applyMigrations(restoredUrl)).toEqual([]);
    const env = { DATABASE_URL: restoredUrl, REDIS_URL: emptyRedis.url };
    const [api] = await Promise.all([colloquy.startApi(env), colloquy.startWorker(env)]);
    const again = colloquy.client(api);
    again.useToken(alice.token());

    const { message } = await again.request(GetMessage, { id: first.replyId });
    expect(message).toEqual(before);
    expect(await expectWholeReply(again, again.watchReply(running.replyId))).toMatchObject({
      status: "COMPLETE",
      content: "after it was restored",
      attempt: 2,
    });
    const next = await again.send(room, "and on it goes");
    expect(await expectWholeReply(again, again.watchReply(next.replyId))).toMatchObject({ status: "COMPLETE" });
  });
});
