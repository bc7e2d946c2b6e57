import { describe, expect, it } from "vitest";
import { createReplyPanel, type PageElement } from "./reply-panel.ts";

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

  it("goes when another run begins, and starts afresh", () => {
    const page = open();
    page.chunk({ attempt: 3, offset: 0, text: "before" });
    page.panel.show(null);
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
      page.panel.show(data);
    }
    expect(page.text()).toBeUndefined();
  });
});

type FakeElement = PageElement & { children: FakeElement[] };

function open() {
  const response = element();
  const panel = createReplyPanel({ createElement: element, querySelector: () => response });
  const find = (name: string) => all(response).find(({ className }) => className === name)?.textContent;
  return {
    panel,
    chunk: (chunk: object) => panel.show({ replyStream: { status: "STREAMING", ...chunk } }),
    text: () => find("reply-panel-text"),
    facts: () => find("reply-panel-facts"),
  };
}

const parents = new WeakMap<FakeElement, FakeElement>();
const all = (root: FakeElement): FakeElement[] => [root, ...root.children.flatMap(all)];

function element(): FakeElement {
  const made: FakeElement = {
    className: "",
    textContent: "",
    scrollTop: 0,
    scrollHeight: 0,
    clientHeight: 0,
    children: [],
    append: (...children) => {
      for (const child of children as FakeElement[]) {
        made.children.push(child);
        parents.set(child, made);
      }
    },
    remove: () => parents.get(made)?.children.splice(0),
    setAttribute: () => {},
  };
  return made;
}
