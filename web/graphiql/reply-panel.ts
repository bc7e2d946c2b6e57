import type { ReplyActivity, ReplyInParts } from "../../packages/client/src/index.ts";

export type ShowReply = (reply: ReplyInParts<unknown, ReplyActivity> | null) => void;

/**
 * Shows a reply as it grows, under GraphiQL's response: GraphiQL replaces one event by the next, so of a stream one would
 * see only the newest piece.
 *
 * @param panel holds an element for each part
 */
export function createReplyPanel(panel: HTMLElement): ShowReply {
  const fill = (name: string, content: string) => {
    const part = panel.querySelector(`.reply-panel-${name}`);
    if (!part) return;
    // Follows the text, unless somebody scrolled up to read.
    const following = part.scrollHeight - part.scrollTop - part.clientHeight < 40;
    part.textContent = content;
    if (following) part.scrollTop = part.scrollHeight;
  };
  panel.remove();
  return (reply) => {
    if (!reply) return panel.remove();
    const { status, attempt, text, thought, activities } = reply;
    if (!panel.isConnected) document.querySelector(".graphiql-response")?.append(panel);
    panel.dataset["status"] = status ?? "";
    fill("facts", [status, `attempt ${attempt}`, `${text.length} characters`].join(" · "));
    fill("thought", thought);
    fill("text", text);
    const sources = activities.flatMap(({ part }) => (part?.__typename === "SearchPart" ? part.sources : []));
    fill("sources", sources.map(({ title, uri }) => title ?? uri).join(" · "));
  };
}
