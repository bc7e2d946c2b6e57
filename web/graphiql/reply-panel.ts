import { at } from "./memory.ts";

/** A reply as far as its events have brought it. */
export type Reply = Readonly<{
  attempt: number;
  text: string;
  thought: string;
  /** The pages that it rests on, by their titles. */
  sources: readonly string[];
  events: number;
  status: string;
}>;

/**
 * Puts the pieces of a `replyStream` together, by the rule that every client follows.
 *
 * @param reply what came of the events before, or null
 * @param data an event's data; null when another run begins
 * @returns null while there is nothing to show
 */
export function addEvent(reply: Reply | null, data: unknown): Reply | null {
  if (data === null) return null;
  const [attempt, offset, text, status] = ["attempt", "offset", "text", "status"].map((name) =>
    at(data, "replyStream", name),
  );
  // Another event, or a field that the rule needs was not asked for.
  if (typeof attempt !== "number" || typeof offset !== "number" || typeof text !== "string") return reply;
  const before = reply === null || attempt > reply.attempt ? { text: "", thought: "", sources: [] } : reply;
  return {
    attempt: Math.max(attempt, reply?.attempt ?? 0),
    text: before.text.slice(0, offset) + text,
    thought: addThought(before.thought, at(data, "replyStream", "thought")),
    sources: [...before.sources, ...readSources(at(data, "replyStream", "activities"))],
    events: (reply?.events ?? 0) + 1,
    status: typeof status === "string" ? status : "",
  };
}

function addThought(before: string, piece: unknown): string {
  const [offset, text] = [at(piece, "offset"), at(piece, "text")];
  return typeof offset === "number" && typeof text === "string" ? before.slice(0, offset) + text : before;
}

function readSources(activities: unknown): string[] {
  const sources = list(activities).flatMap((activity) => list(at(activity, "part", "sources")));
  return sources.map((source) => String(at(source, "title") ?? at(source, "uri")));
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export function describeReply({ status, attempt, events, text }: Reply): string {
  const counted = `${events} ${events === 1 ? "event" : "events"}`;
  return [status, `attempt ${attempt}`, counted, `${text.length} characters`].join(" · ");
}

/**
 * Shows the text of a reply as it grows, under GraphiQL's response: GraphiQL replaces one event by the next, so of a
 * stream one would see only the newest piece. The results stay as the server sent them.
 *
 * @returns takes each event's data, and null when another run begins, which takes the panel away
 */
export function createReplyPanel(template: HTMLTemplateElement): (data: unknown) => void {
  let reply: Reply | null = null;
  let panel: HTMLElement | null = null;

  return (data) => {
    reply = addEvent(reply, data);
    if (reply === null) {
      panel?.remove();
      panel = null;
      return;
    }
    panel ??= open();
    panel.dataset["status"] = reply.status;
    const [facts, thought, text, sources] = ["facts", "thought", "text", "sources"].map((name) =>
      panel?.querySelector(`.reply-panel-${name}`),
    );
    if (!facts || !thought || !text || !sources) return;
    facts.textContent = describeReply(reply);
    thought.textContent = reply.thought;
    sources.textContent = reply.sources.join(" · ");
    // Follows the text, unless somebody scrolled up to read.
    const following = text.scrollHeight - text.scrollTop - text.clientHeight < 40;
    text.textContent = reply.text;
    if (following) text.scrollTop = text.scrollHeight;
  };

  function open(): HTMLElement {
    const root = document.createElement("div");
    root.className = "reply-panel";
    root.append(document.importNode(template.content, true));
    document.querySelector(".graphiql-response")?.append(root);
    return root;
  }
}
