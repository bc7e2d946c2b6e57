import { describe, expect, it } from "vitest";
import { addEvent, describeReply, type Reply } from "./reply-panel.ts";

describe("the reply panel", () => {
  it("puts the pieces together, and what was sent twice only once", () => {
    const page = open();
    page.chunk({ attempt: 1, offset: 0, text: "Hel" });
    page.chunk({ attempt: 1, offset: 3, text: "lo" });
    page.chunk({ attempt: 1, offset: 3, text: "lo 🙂" });
    page.chunk({ attempt: 1, offset: 8, text: "!", status: "COMPLETE" });
    expect(page.text()).toBe("Hello 🙂!");
    expect(page.facts()).toBe("COMPLETE · attempt 1 · 4 events · 9 characters");
  });

  it("starts over with a higher attempt", () => {
    const page = open();
    page.chunk({ attempt: 1, offset: 0, text: "lost" });
    page.chunk({ attempt: 2, offset: 0, text: "new" });
    expect(page.text()).toBe("new");
    expect(page.facts()).toBe("STREAMING · attempt 2 · 2 events · 3 characters");
  });

  it("puts thoughts together by the same rule, and lists the sources", () => {
    const page = open();
    const found = (title: string | null, uri: string) => ({ kind: "SEARCH", part: { sources: [{ title, uri }] } });
    page.chunk({ attempt: 1, offset: 0, text: "", thought: { offset: 0, text: "Hm" }, activities: [] });
    page.chunk({
      attempt: 1,
      offset: 0,
      text: "a",
      thought: { offset: 1, text: "mm" },
      activities: [found("A", "a:")],
    });
    page.chunk({ attempt: 1, offset: 1, text: "b", thought: null, activities: [found(null, "b:"), { part: null }] });
    expect(page.reply()).toMatchObject({ text: "ab", thought: "Hmm", sources: ["A", "b:"] });
    page.chunk({ attempt: 2, offset: 0, text: "" });
    expect(page.reply()).toMatchObject({ text: "", thought: "", sources: [] });
  });

  it("goes when another run begins, and starts afresh", () => {
    const page = open();
    page.chunk({ attempt: 3, offset: 0, text: "before" });
    page.show(null);
    expect(page.text()).toBeUndefined();
    page.chunk({ attempt: 1, offset: 0, text: "after" });
    expect(page.text()).toBe("after");
  });

  it("stays away for other events, and for chunks without what the rule needs", () => {
    const page = open();
    for (const data of [
      undefined,
      { messageAdded: { id: "m" } },
      { replyStream: null },
      { replyStream: { text: "a" } },
    ]) {
      page.show(data);
    }
    expect(page.text()).toBeUndefined();
  });
});

function open() {
  let reply: Reply | null = null;
  const show = (data: unknown) => (reply = addEvent(reply, data));
  return {
    show,
    chunk: (chunk: object) => show({ replyStream: { status: "STREAMING", ...chunk } }),
    reply: () => reply,
    text: () => reply?.text,
    facts: () => reply && describeReply(reply),
  };
}
