/** How a subscription is broken off. */
export const FAULTS = ["cut", "restart", "overload", "slow", "expired", "unavailable", "unreadable"] as const;
export type Fault = (typeof FAULTS)[number];

/** An event, as the server sends it. */
export type Event = Readonly<{ data: Record<string, unknown>; extensions?: Record<string, unknown> }>;

/** A subscription's other end. */
export type Subscriber = Readonly<{
  emit(event: Event): void;
  breakOff(fault: Fault): void;
  complete(): void;
  /** Ends it with a GraphQL error. */
  refuse(code: string): void;
}>;

/** What a server plays. A step is played once; after a fault the next subscription goes on. */
export type Script = {
  /** Begins, or goes on, from the arguments of a subscription. */
  play(args: Readonly<Record<string, unknown>>, subscriber: Subscriber): void;
  /** Whether all steps were played to their end. */
  isOver(): boolean;
};

export type ReplyStep =
  | { write: string }
  /** The end of the text once more. */
  | { repeat: number }
  /** Another attempt, which begins with this text. */
  | { startOver: string }
  /** A chunk that does not follow; the client has to subscribe again. */
  | { hole: string }
  /** Steps that nobody is there to hear follow a fault. */
  | { fault: Fault; meanwhile?: readonly ({ write: string } | { startOver: string })[] };

export function createReplyScript(steps: readonly ReplyStep[]): Script {
  const left = [...steps];
  let attempt = 1;
  let text = "";
  let over = false;

  const chunk = (offset: number, message: object | null = null) => ({
    data: {
      replyStream: {
        messageId: "reply",
        attempt,
        offset,
        text: text.slice(offset),
        status: message ? "COMPLETE" : "STREAMING",
        message,
      },
    },
  });

  function change(step: { write: string } | { startOver: string }): number {
    const before = text.length;
    if ("write" in step) text += step.write;
    else {
      attempt += 1;
      text = step.startOver;
      return 0;
    }
    return before;
  }

  return {
    isOver: () => over,
    play(args, subscriber) {
      const known = args["attempt"] === attempt ? Number(args["offset"] ?? 0) : 0;
      subscriber.emit(chunk(Math.min(known, text.length)));
      for (let step = left.shift(); step; step = left.shift()) {
        if ("fault" in step) {
          for (const each of step.meanwhile ?? []) change(each);
          return subscriber.breakOff(step.fault);
        }
        if ("hole" in step) {
          const lost = { ...chunk(0).data.replyStream, offset: text.length + 7, text: step.hole };
          return subscriber.emit({ data: { replyStream: lost } });
        }
        if ("repeat" in step) subscriber.emit(chunk(Math.max(0, text.length - step.repeat)));
        else subscriber.emit(chunk(change(step)));
      }
      over = true;
      subscriber.emit(chunk(text.length, { id: "reply", status: "COMPLETE", content: text, error: null }));
      subscriber.complete();
    },
  };
}

export type RoomStep =
  | { add: string; content?: string }
  | { fault: Fault; meanwhile?: readonly { add: string; content?: string }[] };

/** A message that comes again, with another content, has a new position. The room is deleted in the end. */
export function createRoomScript(steps: readonly RoomStep[]): Script {
  const left = [...steps];
  let messages: { id: string; content: string; position: number }[] = [];
  let last = 0;
  let over = false;

  function add({ add: id, content = id }: { add: string; content?: string }): void {
    messages = [...messages.filter((each) => each.id !== id), { id, content, position: (last += 1) }];
  }
  const event = ({ id, content, position }: (typeof messages)[number], live: boolean): Event => ({
    data: { messageAdded: { id, content, role: "USER", status: "COMPLETE", position: String(position), parent: null } },
    extensions: { position: String(position), live },
  });

  return {
    isOver: () => over,
    play(args, subscriber) {
      const missed = messages.filter(({ position }) => position > Number(args["after"] ?? 0));
      for (const message of missed) subscriber.emit(event(message, message === missed.at(-1)));
      for (let step = left.shift(); step; step = left.shift()) {
        if ("fault" in step) {
          for (const each of step.meanwhile ?? []) add(each);
          return subscriber.breakOff(step.fault);
        }
        add(step);
        for (const message of messages.slice(-1)) subscriber.emit(event(message, true));
      }
      over = true;
      subscriber.complete();
    },
  };
}

/** Refuses every subscription. */
export const createRefusal = (code: string): Script => ({
  isOver: () => true,
  play: (_, subscriber) => subscriber.refuse(code),
});
