import type { ChatContext } from "../chat-context.ts";
import type { Operation } from "../operation.ts";
import { persist } from "../request.ts";
import { createStore, type Store } from "../store.ts";
import { asNotSent, createDraft, newClientId, type Draft } from "./drafts.ts";
import * as mutations from "./room-mutations.ts";
import type { RoomFacts, RoomPage } from "./room-documents.ts";
import type { ReplyOptions } from "./room-mutations.ts";
import { createRoomModel } from "./room-model.ts";
import type { RoomState } from "./room-state.ts";

/** A room to show, and what can be done in it. Where nothing else is said, a method throws what the API refuses (`ApiError`). */
export type RoomWatch = Store<RoomState> & RoomActions;

export type RoomActions = Readonly<{
  /**
   * Sends a message, which is shown at once. While a reply is running it waits in the queue, unless `whileReplying` says
   * otherwise. Throws nothing: one that could not be sent is `NOT_SENT`, with its `error`, until `retry` or `discard`.
   *
   * @returns whether it is stored
   */
  send(content: string, options?: Draft["options"]): Promise<boolean>;
  /** Asks again in other words: a sibling of the message becomes the end of the branch. */
  edit(messageId: string, content: string, options?: ReplyOptions): Promise<void>;
  /** Asks for another reply; by default to the last message. */
  regenerate(messageId?: string, options?: ReplyOptions): Promise<void>;
  /** Shows the branch of a message, such as `siblings.nextId`. */
  select(messageId: string): Promise<void>;
  /** Deletes a message with all that follows it. */
  remove(messageId: string): Promise<void>;
  /** Stops the reply that is being written. */
  stop(): Promise<void>;
  /** Sends a message again that is `NOT_SENT`, or asks again for a reply that failed. */
  retry(id: string): Promise<void>;
  /** Takes away a message that is `NOT_SENT`. */
  discard(id: string): void;
  loadOlder(): Promise<void>;
  /** All that is shown has been read. */
  markRead(): Promise<void>;
  updateQueued(id: string, content: string): Promise<void>;
  cancelQueued(id: string): Promise<void>;
  resumeQueue(): Promise<void>;
}>;

/** How often a message is tried to be sent by itself: half a minute or so. */
const MAX_TRIES = 6;

export function createRoomWatch(context: ChatContext, chatroomId: string): RoomWatch {
  const { request, closed } = context;
  const model = createRoomModel(context, chatroomId);

  /** A mutation with one field, which is tried again where a repeat does no harm. */
  async function change<Result, Variables>(
    mutation: Operation<Readonly<Record<string, Result>>, Variables>,
    variables: Variables,
    tries = 1,
  ): Promise<Result> {
    const data = await persist(() => request(mutation, variables), { signal: closed, tries });
    return Object.values(data)[0] as Result;
  }

  type Changed<Room, Variables> = Operation<Readonly<Record<string, { chatroom: Room }>>, Variables>;
  /** A mutation that changes which messages are shown. */
  const changePage = <Variables>(mutation: Changed<RoomPage, Variables>, variables: Variables, tries?: number) =>
    model.takePage(async () => (await change(mutation, variables, tries)).chatroom);
  const changeFacts = async <Variables>(mutation: Changed<RoomFacts, Variables>, variables: Variables) =>
    model.takeFacts((await change(mutation, variables)).chatroom);

  const withoutDraft = (id: string) => model.setDrafts(model.drafts().filter(({ message }) => message.id !== id));
  const replaceDraft = (draft: Draft, by: Draft) =>
    model.setDrafts(model.drafts().map((each) => (each.message.id === draft.message.id ? by : each)));

  async function deliver(draft: Draft): Promise<boolean> {
    const { clientId, content } = draft.message;
    const input = { chatroomId, content, clientId, whileReplying: "QUEUE", ...draft.options } as const;
    try {
      // With its `clientId` a repeat finds what the first one stored.
      const { message, reply, chatroom } = await change(mutations.Send, { input }, MAX_TRIES);
      withoutDraft(clientId);
      model.takeMessages([{ ...draft.message, ...message }, reply]);
      model.takeFacts(chatroom);
      return true;
    } catch (cause) {
      replaceDraft(draft, asNotSent(draft, cause));
      return false;
    }
  }

  const actions: RoomActions = {
    send(content, options = {}) {
      const draft = createDraft(content, options);
      model.setDrafts([...model.drafts(), draft]);
      return deliver(draft);
    },
    async edit(messageId, content, options = {}) {
      const draft = createDraft(content, options, messageId);
      const { clientId } = draft.message;
      const input = { messageId, content, clientId, expectedLeafId: model.leafId(), ...options };
      model.setDrafts([...model.drafts(), draft]);
      try {
        await changePage(mutations.Edit, { input }, MAX_TRIES);
      } finally {
        withoutDraft(clientId);
      }
    },
    regenerate(messageId = model.leafId() ?? "", options = {}) {
      const input = { messageId, clientId: newClientId(), expectedLeafId: model.leafId(), ...options };
      return changePage(mutations.Regenerate, { input }, MAX_TRIES);
    },
    select: (messageId) =>
      changePage(mutations.Select, { input: { messageId, expectedLeafId: model.leafId() } }, MAX_TRIES),
    remove: (id) => changePage(mutations.Remove, { id }),
    async stop() {
      const { live } = model.state.getSnapshot();
      if (live) model.takeMessages([await change(mutations.Stop, { messageId: live.id }, MAX_TRIES)]);
    },
    async retry(id) {
      const draft = model.drafts().find(({ message }) => message.id === id);
      if (!draft) return model.takeMessages([await change(mutations.Retry, { messageId: id })]);
      const sending = { ...draft, message: { ...draft.message, status: "SENDING" as const, error: null } };
      replaceDraft(draft, sending);
      await deliver(sending);
    },
    discard: withoutDraft,
    loadOlder: model.loadOlder,
    markRead: () => changeFacts(mutations.MarkRead, { chatroomId, messageId: model.leafId() }),
    updateQueued: (id, content) => changeFacts(mutations.UpdateQueued, { input: { id, content } }),
    cancelQueued: (id) => changeFacts(mutations.CancelQueued, { id }),
    resumeQueue: () => changePage(mutations.ResumeQueue, { chatroomId }),
  };
  return { ...createStore(model.state, model.start), ...actions };
}
