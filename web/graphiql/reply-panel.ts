import { at } from "./memory.ts";

/** A reply as far as its events have brought it. */
export type Reply = Readonly<{ attempt: number; text: string; events: number; status: string }>;

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
  const before = reply === null || attempt > reply.attempt ? "" : reply.text;
  return {
    attempt: Math.max(attempt, reply?.attempt ?? 0),
    text: before.slice(0, offset) + text,
    events: (reply?.events ?? 0) + 1,
    status: typeof status === "string" ? status : "",
  };
}

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
    const facts = panel.querySelector(".reply-panel-facts");
    const text = panel.querySelector(".reply-panel-text");
    if (facts === null || text === null) return;
    facts.textContent = describeReply(reply);
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
