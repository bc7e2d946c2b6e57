import { afterAll, beforeAll, expect, test } from "vitest";
import { createGate, type Script } from "../../tools/fakes/gemini/script.ts";
import type { TestClient } from "../_support/client.ts";
import type { Colloquy } from "../_support/colloquy.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";
import { createReply } from "../_support/create-reply.ts";
import { RetryReply, StopReply } from "../_support/documents.ts";
import { recordEventStream, recordSocket, type Recording } from "../_support/record-frames.ts";

// What a client that was written before replies had thoughts and activities is sent, to the byte. The recordings were made
// before there were any. They are never made anew: a frame that differs breaks somebody's client.

let colloquy: Colloquy;
let alice: TestClient;

beforeAll(async () => {
  colloquy = await shareColloquy();
  alice = await colloquy.signIn();
});
afterAll(() => colloquy.close());

const FOLLOW = /* GraphQL */ `
  subscription Follow($messageId: ID!, $attempt: Int, $offset: Int) {
    replyStream(messageId: $messageId, attempt: $attempt, offset: $offset) {
      __typename
      messageId
      attempt
      offset
      text
      status
      waitingFor
      message {
        __typename
        id
        role
        status
        content
        attempt
        finishReason
        error {
          code
          message
          retryable
        }
      }
    }
  }
`;

type Position = { attempt: number; offset: number };

/** The same subscription over both transports. */
async function record(messageId: string, from?: Position): Promise<readonly Recording[]> {
  const subscription = { query: FOLLOW, variables: { messageId, ...from } };
  return Promise.all([recordSocket(alice, subscription), recordEventStream(alice, subscription)]);
}

const reached = (recordings: readonly Recording[], part: string) =>
  Promise.all(recordings.map((recording) => recording.until(part)));

/** All that was sent, with the reply's id left out. */
async function framesOf(recordings: readonly Recording[], replyId: string): Promise<string> {
  const [socket, stream] = await Promise.all(recordings.map(({ ended }) => ended));
  return `graphql-transport-ws\n${socket}\ntext/event-stream\n${stream}`.replaceAll(replyId, "<reply>");
}

const recordingOf = (name: string): string => `recorded-frames/${name}.txt`;

/** Sends a message whose reply goes by the script, and waits for the first part of it. */
async function begin(prompt: string, script: Script, first: string): Promise<string> {
  colloquy.gemini.onPrompt(prompt, script);
  const { replyId } = await alice.send(await alice.createRoom(), prompt);
  const watch = alice.watchReply(replyId);
  await watch.until(({ text }) => text.includes(first));
  watch.stop();
  return replyId;
}

test("a plain reply", async () => {
  const [second, third, end] = [createGate(), createGate(), createGate()];
  const script = [
    { text: "One, " },
    { waitFor: second },
    { text: "two,\n\n" },
    { waitFor: third },
    { text: '"three".' },
    { waitFor: end },
  ];
  const replyId = await begin("plain", script, "One");
  const recordings = await record(replyId);
  await reached(recordings, "One");
  second.open();
  await reached(recordings, "two");
  third.open();
  await reached(recordings, "three");
  end.open();
  await expect(await framesOf(recordings, replyId)).toMatchFileSnapshot(recordingOf("plain"));
});

test("emoji, cut between their halves", async () => {
  const [gate, end] = [createGate(), createGate()];
  const replyId = await begin(
    "emoji",
    [{ text: "né 👩‍🚀 \ud83d" }, { waitFor: gate }, { text: "\ude00 山 🇯🇵" }, { waitFor: end }, { finish: "STOP" }],
    "né",
  );
  const recordings = await record(replyId);
  await reached(recordings, "né");
  gate.open();
  await reached(recordings, "山");
  end.open();
  await expect(await framesOf(recordings, replyId)).toMatchFileSnapshot(recordingOf("emoji"));
});

test("the note of an image", async () => {
  const [image, after, end] = [createGate(), createGate(), createGate()];
  const replyId = await begin(
    "image",
    [
      { text: "Look:" },
      { waitFor: image },
      { part: { inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" } } },
      { waitFor: after },
      { text: "There it was." },
      { waitFor: end },
    ],
    "Look",
  );
  const recordings = await record(replyId);
  await reached(recordings, "Look");
  image.open();
  await reached(recordings, "left out");
  after.open();
  await reached(recordings, "There it was");
  end.open();
  await expect(await framesOf(recordings, replyId)).toMatchFileSnapshot(recordingOf("image"));
});

test("a reply that is stopped", async () => {
  const replyId = await begin("stopped", [{ text: "As far as here" }, { stall: true }], "here");
  const recordings = await record(replyId);
  await reached(recordings, "here");
  await alice.request(StopReply, { messageId: replyId });
  await expect(await framesOf(recordings, replyId)).toMatchFileSnapshot(recordingOf("stopped"));
});

test("a reply that is blocked", async () => {
  const gate = createGate();
  const replyId = await begin("blocked", [{ text: "So far" }, { waitFor: gate }, { finish: "SAFETY" }], "So far");
  const recordings = await record(replyId);
  await reached(recordings, "So far");
  gate.open();
  await expect(await framesOf(recordings, replyId)).toMatchFileSnapshot(recordingOf("blocked"));
});

test("a reply that breaks off, and is written by another attempt", async () => {
  const [cut, again, end] = [createGate(), createGate(), createGate()];
  colloquy.gemini.onPrompt("breaks off", [{ text: "Begun" }, { waitFor: cut }, { cut: true }]);
  const { replyId } = await alice.send(await alice.createRoom(), "breaks off");
  const watch = alice.watchReply(replyId);
  await watch.until(({ text }) => text.includes("Begun"));
  const recordings = await record(replyId);
  await reached(recordings, "Begun");
  colloquy.gemini.onPrompt("breaks off", [
    { waitFor: again },
    { text: "Begun anew" },
    { waitFor: end },
    { finish: "STOP" },
  ]);
  cut.open();
  await reached(recordings, '"attempt":2');
  again.open();
  await reached(recordings, "anew");
  end.open();
  const frames = await framesOf(recordings, replyId);
  // How long it waits, and how much of that shows, is a matter of moments.
  const lines = frames.split(/(?<=\n)/);
  const steady = lines.filter((line) => !line.includes('"status":"PENDING"') && !/^(?:event: next)?\n$/.test(line));
  await expect(steady.join("")).toMatchFileSnapshot(recordingOf("breaks-off"));
});

test("a reply that fails, and is retried", async () => {
  const gate = createGate();
  const replyId = await begin(
    "fails",
    [{ text: "Nearly" }, { waitFor: gate }, { status: 400, message: "no" }],
    "Nearly",
  );
  const failing = await record(replyId);
  await reached(failing, "Nearly");
  gate.open();
  const failed = await framesOf(failing, replyId);

  const [again, end] = [createGate(), createGate()];
  colloquy.gemini.onPrompt("fails", [{ text: "Now" }, { waitFor: again }, { text: " it is." }, { waitFor: end }]);
  await alice.request(RetryReply, { messageId: replyId });
  const watch = alice.watchReply(replyId, { attempt: 1, offset: 6 });
  await watch.until(({ text }) => text.includes("Now"));
  watch.stop();
  const retried = await record(replyId, { attempt: 1, offset: 6 });
  await reached(retried, "Now");
  again.open();
  await reached(retried, "it is");
  end.open();
  await expect(`${failed}\nretried\n${await framesOf(retried, replyId)}`).toMatchFileSnapshot(recordingOf("fails"));
});

test("a reply that is resumed from each position, while it is written and after its end", async () => {
  const text = "né 👩‍🚀 山";
  const [gate, end] = [createGate(), createGate()];
  const script = [{ text }, { waitFor: gate }, { text: " und so weiter" }, { waitFor: end }];
  const replyId = await begin("resumed", script, text);
  const positions: Position[] = [0, 1, 7].flatMap((attempt) =>
    Array.from({ length: text.length + 1 }, (_, offset) => ({ attempt, offset })),
  );
  // A reader of an attempt that there has not been gets what the present one has.
  const running = await Promise.all(positions.map((from) => record(replyId, from)));
  await Promise.all(running.map((recordings) => reached(recordings, '"messageId"')));
  gate.open();
  await Promise.all(running.map((recordings) => reached(recordings, "weiter")));
  end.open();
  const all: string[] = [];
  for (const [index, recordings] of running.entries())
    all.push(`while it is written, from ${JSON.stringify(positions[index])}\n${await framesOf(recordings, replyId)}`);
  for (const from of [
    ...positions,
    { attempt: 1, offset: 21 },
    { attempt: 1, offset: 1_000 },
    { attempt: 1, offset: -1 },
  ])
    all.push(`after its end, from ${JSON.stringify(from)}\n${await framesOf(await record(replyId, from), replyId)}`);
  await expect(all.join("\n")).toMatchFileSnapshot(recordingOf("resumed"));
});

test("a reply that waits for its next try", async () => {
  const waiting = { status: "PENDING", attempt: 3, nextTryAt: new Date(Date.now() + 3_600_000) } as const;
  const replyId = await createReply(colloquy.db, { ...waiting, userId: alice.userId() });
  const recordings = await record(replyId);
  await reached(recordings, '"messageId"');
  await alice.request(StopReply, { messageId: replyId });
  await expect(await framesOf(recordings, replyId)).toMatchFileSnapshot(recordingOf("waits"));
});
