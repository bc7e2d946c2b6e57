import { describe, expect, it } from "vitest";
import { createMemory, PLACEHOLDERS } from "./memory.ts";

describe("the page's memory", () => {
  it("fills in what earlier answers brought, as deep as it stands", () => {
    const memory = open();
    memory.learn({ createChatroom: { id: "room" } }, {});
    memory.learn({ sendMessage: { message: { id: "m" }, reply: { id: "reply" } } }, {});

    const variables = {
      input: { ids: ["{{chatroomId}}", "{{replyId}}"], text: "in {{chatroomId}}!", count: 2, no: null },
    };
    expect(memory.fillIn(variables)).toEqual({
      input: { ids: ["room", "reply"], text: "in room!", count: 2, no: null },
    });
    expect(variables.input.text).toBe("in {{chatroomId}}!");
  });

  it("keeps the code with the phone it was sent to, and drops it once it is used", () => {
    const memory = open();
    memory.learn({ sendOtp: { code: "123456" } }, { input: { phone: "+14155550123" } });
    expect(memory.fillIn("{{phone}} {{code}}")).toBe("+14155550123 123456");

    memory.learn({ verifyOtp: { accessToken: "token", accessTokenExpiresAt: "2100-01-01", refreshToken: "next" } }, {});
    expect(memory.session.read()).toEqual({
      refreshToken: "next",
      access: { token: "token", expiresAt: Date.parse("2100-01-01") },
    });
    expect(() => memory.fillIn("{{code}}")).toThrow('Run the tab "SendCode" first');
  });

  it("says which tab to run when there is nothing yet, and what it knows when the name is wrong", () => {
    const memory = open();
    expect(() => memory.fillIn({ messageId: "{{replyId}}" })).toThrow('Run the tab "SendMessage" first');
    expect(() => memory.fillIn({ room: "{{room}}" })).toThrow(/Nothing is called \{\{room\}\}.*chatroomId.*newId/);
  });

  it("makes up a new id each time", () => {
    const memory = open();
    const ids = new Set(Array.from({ length: 50 }, () => memory.fillIn("{{newId}}")));
    expect(ids.size).toBe(50);
    for (const id of ids) expect(id).toMatch(/^[0-9a-z-]{7,43}$/);
  });

  it("takes up a reply that was announced or asked for again", () => {
    const memory = open();
    memory.learn({ messageAdded: { role: "USER", id: "mine" } }, {});
    expect(memory.recall("replyId")).toBeNull();
    memory.learn({ messageAdded: { role: "ASSISTANT", id: "announced" } }, {});
    expect(memory.recall("replyId")).toBe("announced");
    memory.learn({ regenerateReply: { id: "again" } }, {});
    expect(memory.recall("replyId")).toBe("again");
  });

  it("forgets the rooms of the last person when another one signs in, and everything at sign-out", () => {
    const memory = open();
    const signIn = (phone: string) => memory.learn({ sendOtp: { code: "1" } }, { input: { phone } });
    signIn("+14155550123");
    memory.learn({ createChatroom: { id: "room" } }, {});
    signIn("+14155550123");
    expect(memory.recall("chatroomId")).toBe("room");
    signIn("+14155550124");
    expect(memory.recall("chatroomId")).toBeNull();

    memory.learn({ verifyOtp: { accessToken: "token" } }, {});
    memory.learn({ signOut: true }, {});
    expect(Object.keys(PLACEHOLDERS).map((name) => memory.recall(name))).toEqual([null, null, null, null]);
    expect(memory.session.read()).toBeNull();
  });

  it("takes answers of any shape", () => {
    const memory = open();
    for (const data of [null, undefined, 1, { sendOtp: null }, { createChatroom: 3 }, { sendMessage: { reply: [] } }]) {
      memory.learn(data, null);
    }
    expect(memory.recall("chatroomId")).toBeNull();
  });
});

function open() {
  const values = new Map<string, string>();
  const storage = {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  };
  return { ...createMemory(storage), recall: storage.getItem };
}
