/** What a client is given. It gets a token before it connects, and again when the server does not take that one. */
export type Endpoint = Readonly<{
  transport: "ws" | "sse";
  /** `http://…/graphql`, or `ws://…/graphql` for a WebSocket. */
  url: string;
  getToken(): Promise<string>;
}>;

/** What a client tells while it follows something. */
export type Sink<State> = Readonly<{
  /** Called with each state that is shown, as soon as it is. */
  show(state: State): void;
  /** Called once, at the end: with what ended it for good, or with nothing. */
  end(error?: unknown): void;
}>;

export type ShownReply = Readonly<{ attempt: number; text: string; isFinished: boolean }>;
export type ShownRoom = Readonly<{ messages: readonly Readonly<{ id: string; content: string }>[] }>;

/** The client that is held to PROTOCOL.md, behind as little code as possible. Both functions return what ends them. */
export type ClientUnderTest = Readonly<{
  /** Follows a reply from its beginning. */
  watchReply(messageId: string, sink: Sink<ShownReply>): () => void;
  /** Follows a room from its beginning. */
  watchRoom(chatroomId: string, sink: Sink<ShownRoom>): () => void;
  close(): void | Promise<void>;
}>;

export type StartClient = (endpoint: Endpoint) => ClientUnderTest;
