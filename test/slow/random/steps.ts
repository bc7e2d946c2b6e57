import { ApiError } from "../../../packages/client/src/request.ts";
import type { ShownMessage } from "../../../packages/client/src/room/drafts.ts";
import type { RoomWatch } from "../../../packages/client/src/room/watch-room.ts";
import type { TypedDocumentString } from "../../../tools/generated/graphql/graphql.ts";
import type { VariablesOf } from "../../_support/client-types.ts";
import {
  DeleteMessage,
  EditMessage,
  ForkChatroom,
  RegenerateReply,
  SelectBranch,
} from "../../_support/branch-documents.ts";
import { RetryReply, SendMessage, StopReply } from "../../_support/documents.ts";
import { CancelQueued, ResumeQueue, UpdateQueued } from "../../_support/queue-documents.ts";
import { DeleteChatroom, RestoreChatroom } from "../../_support/room-documents.ts";
import { stored, type Device } from "./device.ts";
import type { Kind, Plan } from "./plan.ts";

/** Rooms that forks may open, beside those of the beginning. */
const MAX_ROOMS = 10;

/** What the API may say when two devices act at once, or on something that is gone. Anything else is a fault. */
const REFUSALS: ReadonlySet<string> = new Set([
  "BAD_USER_INPUT",
  "CONFLICT",
  "LIMIT_EXCEEDED",
  "NOT_FOUND",
  "QUEUE_FULL",
  "REPLY_IN_PROGRESS",
  "UNAVAILABLE",
]);

export type Taken = Readonly<{ kind: Kind; refusal: string | null }>;
export type StepOptions = Readonly<{
  device: Device;
  plan: Plan;
  /** Words that nobody has said before. */
  words: () => string;
  /** Called with a room that was opened. */
  opened: (roomId: string) => void;
}>;

type Act = () => Promise<unknown>;

/** Takes the first step of the plan that has something to do it to. @throws what is no usual refusal */
export async function takeStep({ device, plan, words, opened }: StepOptions): Promise<Taken> {
  const roomId = pick(device.rooms, plan.room) ?? "";
  const room = device.room(roomId);
  const acts = actsIn({ device, plan, words, opened }, roomId, room);
  const kind = plan.kinds.find((each) => acts[each] !== null) ?? "send";
  try {
    await acts[kind]?.();
    return { kind, refusal: null };
  } catch (cause) {
    const code = cause instanceof ApiError || cause instanceof Refusal ? cause.code : "";
    if (REFUSALS.has(code)) return { kind, refusal: code };
    throw new Error(`${kind} in ${roomId}: ${String(cause)}`, { cause });
  }
}

class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** What can be done in a room as the device shows it; null where there is nothing to do it to. */
function actsIn(
  { device, plan, words, opened }: StepOptions,
  roomId: string,
  room: RoomWatch,
): Record<Kind, Act | null> {
  const { byStore, target, whileReplying } = plan;
  const { live, queue, queuePausedBecause } = room.getSnapshot();
  const messages = stored(room);
  const question = pick(
    messages.filter(({ role }) => role === "USER"),
    target,
  )?.id;
  const reply = pick(
    messages.filter(({ role }) => role === "ASSISTANT"),
    target,
  )?.id;
  const others = messages.flatMap(({ siblings }) => [siblings.previousId, siblings.nextId]).filter(isThere);
  const other = pick(others, target);
  // Near the end, or little would be left.
  const removed = pick([...messages.slice(-5).map(({ id }) => id), ...others], target);
  const head = messages.at(-1);
  const waiting = pick(queue, target)?.id;

  async function ask<D extends TypedDocumentString<unknown, never>>(document: D, ...variables: VariablesOf<D>) {
    const { errors, data } = await device.client.ask(document, ...variables);
    if (errors[0]) throw new Refusal(String(errors[0].extensions["code"]));
    return data;
  }
  const on = (
    id: string | undefined,
    byStoreAct: (id: string) => Promise<unknown>,
    byAsking: (id: string) => Promise<unknown>,
  ) => (id === undefined ? null : () => (byStore ? byStoreAct(id) : byAsking(id)));

  return {
    send: async () => {
      const content = words();
      if (!byStore) return ask(SendMessage, { input: { chatroomId: roomId, content, whileReplying } });
      if (await room.send(content, { whileReplying })) return undefined;
      const failed = room.getSnapshot().messages.find((each) => each.status === "NOT_SENT" && each.content === content);
      // The other device deleted the room, and restored it.
      if (!failed) throw new Refusal("NOT_FOUND");
      room.discard(failed.id);
      throw new Refusal(failed.error?.code ?? "");
    },
    edit: on(
      question,
      (messageId) => room.edit(messageId, words()),
      (messageId) => ask(EditMessage, { input: { messageId, content: words() } }),
    ),
    regenerate: on(
      reply,
      (messageId) => room.regenerate(messageId),
      (messageId) => ask(RegenerateReply, { input: { messageId } }),
    ),
    select: on(
      other,
      (messageId) => room.select(messageId),
      (messageId) => ask(SelectBranch, { input: { messageId } }),
    ),
    remove: on(
      messages.length > 4 ? removed : undefined,
      (id) => room.remove(id),
      (id) => ask(DeleteMessage, { id }),
    ),
    stop: on(
      live?.id,
      () => room.stop(),
      (messageId) => ask(StopReply, { messageId }),
    ),
    retry: on(
      head && isRetryable(head) ? head.id : undefined,
      (id) => room.retry(id),
      (messageId) => ask(RetryReply, { messageId }),
    ),
    "update queued": on(
      waiting,
      (id) => room.updateQueued(id, words()),
      (id) => ask(UpdateQueued, { input: { id, content: words() } }),
    ),
    "cancel queued": on(
      waiting,
      (id) => room.cancelQueued(id),
      (id) => ask(CancelQueued, { id }),
    ),
    "resume queue": on(
      queuePausedBecause === null ? undefined : roomId,
      () => room.resumeQueue(),
      (id) => ask(ResumeQueue, { id }),
    ),
    fork:
      device.rooms.length < MAX_ROOMS && head
        ? async () => {
            const data = await ask(ForkChatroom, { input: { messageId: pick(messages, target)?.id ?? head.id } });
            if (data) opened(data.forkChatroom.chatroom.id);
          }
        : null,
    "delete and restore": async () => {
      await ask(DeleteChatroom, { id: roomId });
      await ask(RestoreChatroom, { id: roomId });
    },
  };
}

/** @param fraction from 0 on, below 1 */
const pick = <Each>(from: readonly Each[], fraction: number): Each | undefined =>
  from[Math.floor(fraction * from.length)];
const isThere = (id: string | null): id is string => id !== null;
const isRetryable = ({ status }: ShownMessage): boolean => status === "FAILED" || status === "BLOCKED";
