import type { ChatContext } from "../chat-context.ts";
import type { AccountEvent } from "../account/account-documents.ts";
import { ApiError, persist } from "../request.ts";
import { NO_PARTS } from "../reply/reply-parts.ts";
import { createValue, type Store } from "../store.ts";
import { watchReplyInParts } from "../watch.ts";
import { withDrafts, type Draft } from "./drafts.ts";
import { FollowRoom, ReadOlder, ReadRoom, type ChatMessage, type RoomFacts, type RoomPage } from "./room-documents.ts";
import { isRunning, NO_PATH, positionAfter, withMessage, withOlder, withPage, type RoomPath } from "./room-path.ts";
import { liveOf, LOADING, type LiveReply, type RoomState } from "./room-state.ts";

/** What a room's mutations may do with what the room shows. */
export type RoomModel = Readonly<{
  state: Store<RoomState>;
  /** Begins to follow the room, and returns what ends that. */
  start(): () => void;
  loadOlder(): Promise<void>;
  /** Asks for the newest part of the active branch, and takes it in. */
  takePage(ask: () => Promise<RoomPage | null>): Promise<void>;
  takeFacts(facts: RoomFacts): void;
  takeMessages(messages: readonly (ChatMessage | null)[]): void;
  drafts(): readonly Draft[];
  setDrafts(drafts: readonly Draft[]): void;
  /** The newest message of the active branch that is stored. */
  leafId(): string | null;
}>;

/** How long a branch that has changed may take to come by itself, message by message, before it is read, in milliseconds. */
const SETTLE_MS = 150;

export function createRoomModel(
  { request, live: transport, connection, account, closed }: ChatContext,
  id: string,
): RoomModel {
  const value = createValue<RoomState>(LOADING);
  let signal = closed;
  let status: RoomState["status"] = "loading";
  let error: unknown = null;
  let facts: RoomFacts | null = null;
  let path: RoomPath = NO_PATH;
  /** Up to where of the room's log all is shown. */
  let seen = 0;
  let drafts: readonly Draft[] = [];
  let live: LiveReply | null = null;

  let leaveMessages: (() => void) | null = null;
  let leaveReply = () => {};
  /** The reply that is followed, or could not be. */
  let followed: string | null = null;
  let settling: ReturnType<typeof setTimeout> | undefined;

  /** Pages that are being asked for, and the messages that came meanwhile: a page may be older than these. */
  let asked = 0;
  let asking = 0;
  let newest = 0;
  let held: ChatMessage[] = [];
  let heldFacts: RoomFacts | null = null;
  let shown: { of: unknown[]; messages: RoomState["messages"] } | undefined;

  function publish(): void {
    if (shown?.of[0] !== path.messages || shown.of[1] !== drafts)
      shown = { of: [path.messages, drafts], messages: withDrafts(path.messages, drafts) };
    value.set({
      status,
      title: facts?.title ?? "",
      room: facts,
      messages: shown.messages,
      hasOlder: path.hasOlder,
      live,
      queue: facts?.queue ?? [],
      queuePausedBecause: facts?.queuePausedBecause ?? null,
      connection: connection.getSnapshot(),
      error,
    });
  }

  /** After each change: what has arrived is no draft, and the reply that is running is followed. */
  function settle(): void {
    if (drafts.length > 0) {
      const arrived = new Set([...path.messages, ...(facts?.queue ?? [])].map(({ clientId }) => clientId));
      const left = drafts.filter(({ message }) => !arrived.has(message.clientId));
      if (left.length < drafts.length) drafts = left;
    }
    followReply();
    publish();
  }

  async function takePage(ask: () => Promise<RoomPage | null>): Promise<void> {
    const ticket = (asked += 1);
    asking += 1;
    try {
      const page = await ask();
      if (!page) return miss();
      // Asked for before the page that was taken last, and answered after it: nobody knows which is newer.
      if (ticket < newest) return readSoon(true);
      newest = ticket;
      status = "ready";
      error = null;
      const { messages, ...rest } = page;
      facts = rest;
      path = withPage(path, messages);
      seen = Math.max(seen, Number(page.position));
      for (const message of held) path = withMessage(path, message) ?? path;
      if (heldFacts) {
        facts = heldFacts;
        if (isBehind()) readSoon();
      }
      settle();
      followMessages();
    } catch (cause) {
      // What is shown is not what is there.
      if (codeOf(cause) === "CONFLICT" || codeOf(cause) === "NOT_FOUND") readSoon(true);
      throw cause;
    } finally {
      asking -= 1;
      if (asking === 0) {
        held = [];
        heldFacts = null;
      }
    }
  }

  async function read(): Promise<void> {
    const own = signal;
    try {
      await takePage(async () => {
        const { chatroom } = await persist(() => request(ReadRoom, { id }), { signal: own });
        return chatroom;
      });
    } catch (cause) {
      if (!own.aborted) fail(cause);
    }
  }

  function readSoon(always = false): void {
    if (settling !== undefined && !always) return;
    clearTimeout(settling);
    settling = setTimeout(() => {
      settling = undefined;
      if (signal.aborted) return;
      if (always || isBehind()) void read();
    }, SETTLE_MS);
  }

  /** Whether something has happened in the room that is not shown: another branch, or what no message tells, a deletion. */
  const isBehind = (): boolean =>
    facts !== null && ((facts.leaf?.id ?? null) !== leafId() || Number(facts.position) > seen);

  function fail(cause: unknown): void {
    if (codeOf(cause) === "NOT_FOUND") return miss();
    error = cause;
    publish();
  }

  function miss(): void {
    status = "missing";
    leaveMessages?.();
    leaveMessages = null;
    path = NO_PATH;
    drafts = [];
    settle();
  }

  function followMessages(): void {
    if (leaveMessages || signal.aborted || signal === closed) return;
    leaveMessages = transport.subscribe<{ messageAdded: ChatMessage }>(
      { query: FollowRoom, variables: { chatroomId: id, after: positionAfter(path) } },
      {
        next({ data }) {
          if (data) takeMessages([data.messageAdded]);
        },
        error: fail,
        // The room was deleted.
        complete: () => readSoon(true),
      },
    );
  }

  function takeMessages(messages: readonly (ChatMessage | null)[]): void {
    for (const message of messages) {
      if (!message || message.status === "QUEUED") continue;
      if (asking > 0) held.push(message);
      const position = Number(message.position);
      // A deletion has a position, too, and no message.
      if (position > seen + 1) readSoon(true);
      seen = Math.max(seen, position);
      const next = withMessage(path, message);
      if (next) path = next;
      else readSoon(true);
      if (facts && facts.queue.some((queued) => queued.id === message.id))
        facts = { ...facts, queue: facts.queue.filter((queued) => queued.id !== message.id) };
    }
    settle();
  }

  function followReply(): void {
    const head = path.messages.at(-1);
    const running = head && isRunning(head) ? head : undefined;
    if (running && (running.id === followed || signal.aborted || signal === closed)) return;
    leaveReply();
    leaveReply = () => {};
    followed = null;
    live = null;
    if (!running) return;
    followed = running.id;
    live = liveOf(running);
    const from = { ...NO_PARTS, attempt: running.attempt, text: running.content, status: running.status };
    leaveReply = watchReplyInParts(
      transport,
      running.id,
      {
        next({ text, thought, activities, status: progress, waitingFor, message }) {
          if (message) return takeMessages([message]);
          live = { id: running.id, text, thought, activities, status: progress ?? running.status, waitingFor };
          publish();
        },
        // Such as `NOT_FOUND` of a message that was deleted.
        error: () => readSoon(true),
      },
      from,
    );
  }

  function onAccount(event: AccountEvent): void {
    if (event.__typename === "AccountSnapshot") return readSoon(true);
    if (event.__typename === "RoomDeleted" && event.id === id) return miss();
    if (event.__typename === "RoomChanged" && event.chatroom.id === id) takeFacts(event.chatroom);
  }

  function takeFacts(next: RoomFacts): void {
    // A room that was restored.
    if (status !== "ready") return readSoon(true);
    // The answer of a mutation, which was on its way before the event that told more.
    if (facts && Number(next.position) < Number(facts.position)) return;
    if (asking > 0) heldFacts = next;
    facts = next;
    if (isBehind()) readSoon();
    settle();
  }

  const leafId = (): string | null => path.messages.at(-1)?.id ?? null;

  return {
    state: value,
    start() {
      const ending = new AbortController();
      signal = AbortSignal.any([ending.signal, closed]);
      const leave = [account.listen(onAccount), connection.subscribe(publish)];
      void read();
      return () => {
        ending.abort();
        clearTimeout(settling);
        settling = undefined;
        for (const each of leave) each();
        leaveMessages?.();
        leaveMessages = null;
        leaveReply();
        followed = null;
      };
    },
    async loadOlder() {
      if (!path.hasOlder) return;
      const before = path.olderCursor;
      const { chatroom } = await request(ReadOlder, { id, before });
      if (!chatroom || path.olderCursor !== before) return;
      path = withOlder(path, chatroom.messages);
      publish();
    },
    takePage,
    takeFacts,
    takeMessages,
    drafts: () => drafts,
    setDrafts(next) {
      drafts = next;
      publish();
    },
    leafId,
  };
}

/** The code of what the API refused, over HTTP or live. */
function codeOf(cause: unknown): unknown {
  if (cause instanceof ApiError) return cause.code;
  const [first] = Array.isArray(cause) ? (cause as { extensions?: { code?: unknown } }[]) : [];
  return first?.extensions?.code;
}
