import type { ChaosReplySubscription, ChaosRoomSubscription } from "../../tools/generated/graphql/graphql.ts";
import { createRandom } from "../_support/random.ts";
import { delay } from "../../src/platform/timing.ts";
import { ChaosReply, ChaosRoom } from "./documents.ts";
import { follow } from "./follow.ts";
import type { Progress } from "./progress.ts";
import type { Prompt } from "./prompts.ts";
import { createReplyReader, type ReplyReader } from "./reply-reader.ts";
import type { Member } from "./members.ts";
import { sendSurely, type Sent } from "./send.ts";

/** A message as its sender saw it. */
export type Exchange = Readonly<{ prompt: Prompt; sent: Sent; reader: ReplyReader }>;

/** All that one user has seen. */
export type Story = Readonly<{
  member: Member;
  exchanges: Exchange[];
  /** Ids of the messages that came to the room, in the order they came. */
  delivered: string[];
  /** What broke connections, and kept sends unanswered, with how often. */
  faults: Map<string, number>;
}>;

export type UserOptions = Readonly<{
  member: Member;
  prompts: readonly Prompt[];
  urls: readonly string[];
  seed: number;
  /** From one message to the next, in milliseconds, if the reply does not take longer. */
  everyMs: number;
  progress: Progress;
  trace: (step: string) => void;
  signal: AbortSignal;
}>;

/**
 * One user: sends a message, follows its reply on one connection and the room on another, and sends the next when the
 * reply has come on both. Comes back with its position to any API after each fault, and never polls.
 *
 * @returns what was seen, also when the signal ended it
 */
export async function playUser(options: UserOptions): Promise<Story> {
  const { member, prompts, urls, progress } = options;
  const random = createRandom(options.seed);
  const story: Story = { member, exchanges: [], delivered: [], faults: new Map() };
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const note = (fault: string) => {
    story.faults.set(fault, (story.faults.get(fault) ?? 0) + 1);
    options.trace(`user ${member.number}: ${fault}`);
  };
  const connection = {
    urls,
    token: member.token,
    random,
    signal,
  };
  const waiters = new Set<() => void>();
  signal.addEventListener("abort", () => waiters.forEach((look) => look()), { once: true });
  function watchRoom(): Promise<void> {
    // The room's beginning.
    let position: unknown = "0";
    return follow<ChaosRoomSubscription>({
      ...connection,
      query: ChaosRoom.toString(),
      variables: () => ({ chatroomId: member.roomId, after: position }),
      onEvent({ messageAdded }, extensions) {
        position = extensions["position"];
        story.delivered.push(messageAdded.id);
        options.trace(`user ${member.number}: the room has ${messageAdded.id}`);
        waiters.forEach((look) => look());
        return "more";
      },
      onBroken: (cause) => note(`messageAdded: ${cause}`),
    });
  }

  const delivered = (id: string): Promise<void> =>
    new Promise((resolve) => {
      const look = () => {
        if (!story.delivered.includes(id) && !signal.aborted) return;
        waiters.delete(look);
        resolve();
      };
      waiters.add(look);
      look();
    });

  async function exchange(prompt: Prompt, index: number): Promise<void> {
    const wait = progress.begin(`user ${member.number}, message ${index + 1}`, "the send's answer");
    try {
      const { content, clientId } = prompt;
      const onFault = (fault: string) => note(`send: ${fault}`);
      const sent = await sendSurely({ chatroomId: member.roomId, content, clientId }, { ...connection, onFault });
      wait.moved(`the first word of ${sent.replyId}`);
      const reader = createReplyReader();
      story.exchanges.push({ prompt, sent, reader });
      await follow<ChaosReplySubscription>({
        ...connection,
        query: ChaosReply.toString(),
        variables: () => ({ messageId: sent.replyId, ...reader.position() }),
        onEvent({ replyStream }) {
          const isNew = reader.take(replyStream);
          const { text, status, attempt, final } = reader.state();
          if (isNew) wait.moved(`text after ${text.length} of attempt ${attempt}, ${status}`);
          return final ? "enough" : "more";
        },
        onBroken: (cause) => note(`replyStream: ${cause}`),
      });
      wait.moved("the reply in the room");
      await delivered(sent.replyId);
    } finally {
      wait.over();
    }
  }

  const room = watchRoom();
  const startedAt = performance.now() + random() * options.everyMs;
  try {
    for (const [index, prompt] of prompts.entries()) {
      await delay(startedAt + index * options.everyMs - performance.now(), signal);
      if (signal.aborted) break;
      await exchange(prompt, index);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    over.abort();
    await room;
  }
  return story;
}
