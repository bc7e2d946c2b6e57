/** Shows the text of a `replyStream` as it grows, under GraphiQL's response. */
export type ReplyPanel = {
  /** Takes an event's data; null when another run begins, which takes the panel away. */
  show(data: unknown): void;
};

/** The part of the browser's DOM that is needed here; the project's types know no browser. */
export type PageElement = {
  className: string;
  textContent: string | null;
  scrollTop: number;
  readonly scrollHeight: number;
  readonly clientHeight: number;
  append(...children: PageElement[]): void;
  remove(): void;
  setAttribute(name: string, value: string): void;
};
export type PageDocument = {
  createElement(tag: string): PageElement;
  querySelector(selector: string): PageElement | null;
};

/**
 * GraphiQL replaces one event by the next, so of a stream one would see only the newest piece. This panel puts the
 * pieces together by the rule that every client follows, beside the results, which stay as the server sent them.
 * Runs in the browser: the page gets this function's own text, so it can use nothing from outside of itself.
 */
export function createReplyPanel(document: PageDocument): ReplyPanel {
  let panel: { root: PageElement; facts: PageElement; text: PageElement } | null = null;
  let reply = { attempt: 0, text: "", events: 0 };

  function show(data: unknown): void {
    if (data === null) return close();
    const chunk = readChunk(data);
    if (chunk === null) return;

    if (chunk.attempt > reply.attempt) reply = { ...reply, attempt: chunk.attempt, text: "" };
    reply.text = reply.text.slice(0, chunk.offset) + chunk.text;
    reply.events += 1;

    panel ??= open();
    panel.root.setAttribute("data-status", chunk.status);
    panel.facts.textContent = [
      chunk.status,
      `attempt ${reply.attempt}`,
      `${reply.events} ${reply.events === 1 ? "event" : "events"}`,
      `${reply.text.length} characters`,
    ].join(" · ");
    // Follows the text, unless somebody scrolled up to read.
    const following = panel.text.scrollHeight - panel.text.scrollTop - panel.text.clientHeight < 40;
    panel.text.textContent = reply.text;
    if (following) panel.text.scrollTop = panel.text.scrollHeight;
  }

  function open() {
    const root = element("section", "reply-panel");
    const head = element("header", "reply-panel-head");
    const title = element("strong", "reply-panel-title");
    const facts = element("span", "reply-panel-facts");
    const text = element("div", "reply-panel-text");
    title.textContent = "The reply";
    root.setAttribute("aria-label", "The reply, put together from its events by this page");
    text.setAttribute("role", "log");
    text.setAttribute("tabindex", "0");
    head.append(title, facts);
    root.append(head, text);
    document.querySelector(".graphiql-response")?.append(root);
    return { root, facts, text };
  }

  function close(): void {
    panel?.root.remove();
    panel = null;
    reply = { attempt: 0, text: "", events: 0 };
  }

  function element(tag: string, className: string): PageElement {
    const made = document.createElement(tag);
    made.className = className;
    return made;
  }

  /** The chunk in an event, or null when it is none, or a field that the rule needs was not asked for. */
  function readChunk(data: unknown): { attempt: number; offset: number; text: string; status: string } | null {
    if (typeof data !== "object" || data === null || !("replyStream" in data)) return null;
    const { attempt, offset, text, status } = (data.replyStream ?? {}) as Record<string, unknown>;
    if (typeof attempt !== "number" || typeof offset !== "number" || typeof text !== "string") return null;
    return { attempt, offset, text, status: typeof status === "string" ? status : "" };
  }

  return { show };
}
