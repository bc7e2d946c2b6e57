import type { ChatContext } from "../chat-context.ts";
import { persist } from "../request.ts";
import { createStore, type Store } from "../store.ts";
import { asNotSent, createDraft, newClientId, type Draft } from "./drafts.ts";
import * as mutations from "./room-mutations.ts";
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
  const again = { signal: closed, tries: MAX_TRIES };

  async function deliver(draft: Draft): Promise<boolean> {
    const { clientId, content } = draft.message;
    const input = { chatroomId, content, clientId, whileReplying: "QUEUE", ...draft.options } as const;
    try {
      // With its `clientId` a repeat finds what the first one stored.
      const { sendMessage } = await persist(() => request(mutations.Send, { input }), again);
      model.setDrafts(model.drafts().filter((each) => each.message.clientId !== clientId));
      model.takeMessages([{ ...draft.message, ...sendMessage.message }, sendMessage.reply]);
      model.takeFacts(sendMessage.chatroom);
      return true;
    } catch (cause) {
      const failed = asNotSent(draft, cause);
      model.setDrafts(model.drafts().map((each) => (each.message.clientId === clientId ? failed : each)));
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
        await model.takePage(async () => {
          const { editMessage } = await persist(() => request(mutations.Edit, { input }), again);
          return editMessage.chatroom;
        });
      } finally {
        model.setDrafts(model.drafts().filter((each) => each.message.clientId !== clientId));
      }
    },
    async regenerate(messageId = model.leafId() ?? "", options = {}) {
      const input = { messageId, clientId: newClientId(), expectedLeafId: model.leafId(), ...options };
      await model.takePage(async () => {
        const { regenerateReply } = await persist(() => request(mutations.Regenerate, { input }), again);
        return regenerateReply.chatroom;
      });
    },
    async select(messageId) {
      const input = { messageId, expectedLeafId: model.leafId() };
      await model.takePage(async () => {
        const { selectBranch } = await persist(() => request(mutations.Select, { input }), again);
        return selectBranch.chatroom;
      });
    },
    async remove(id) {
      await model.takePage(async () => (await request(mutations.Remove, { id })).deleteMessage.chatroom);
    },
    async stop() {
      const { live } = model.state.getSnapshot();
      if (!live) return;
      const { stopReply } = await persist(() => request(mutations.Stop, { messageId: live.id }), again);
      model.takeMessages([stopReply]);
    },
    async retry(id) {
      const draft = model.drafts().find(({ message }) => message.id === id);
      if (draft) {
        const sending = { ...draft, message: { ...draft.message, status: "SENDING" as const, error: null } };
        model.setDrafts(model.drafts().map((each) => (each === draft ? sending : each)));
        await deliver(sending);
        return;
      }
      const { retryReply } = await request(mutations.Retry, { messageId: id });
      model.takeMessages([retryReply]);
    },
    discard: (id) => model.setDrafts(model.drafts().filter(({ message }) => message.id !== id)),
    loadOlder: model.loadOlder,
    async markRead() {
      const { markRead } = await request(mutations.MarkRead, { chatroomId, messageId: model.leafId() });
      model.takeFacts(markRead.chatroom);
    },
    async updateQueued(id, content) {
      const { updateQueued } = await request(mutations.UpdateQueued, { input: { id, content } });
      model.takeFacts(updateQueued.chatroom);
    },
    async cancelQueued(id) {
      const { cancelQueued } = await request(mutations.CancelQueued, { id });
      model.takeFacts(cancelQueued.chatroom);
    },
    async resumeQueue() {
      await model.takePage(async () => (await request(mutations.ResumeQueue, { chatroomId })).resumeQueue.chatroom);
    },
  };
  return { ...createStore(model.state, model.start), ...actions };
}
