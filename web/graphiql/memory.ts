import { receiveToken, type SessionStore } from "../../packages/client/src/index.ts";

export type Memory = ReturnType<typeof createMemory>;

/** Which tab brings what a placeholder stands for, and where answers have it. */
export const PLACEHOLDERS: Readonly<Record<string, Readonly<{ tab: string; paths: readonly string[] }>>> = {
  phone: { tab: "SendCode", paths: ["variables.input.phone"] },
  code: { tab: "SendCode", paths: ["sendOtp.code"] },
  chatroomId: { tab: "CreateRoom", paths: ["createChatroom.id"] },
  replyId: {
    tab: "SendMessage",
    paths: ["sendMessage.reply.id", "editMessage.reply.id", "regenerateReply.id", "retryReply.id"],
  },
};

/** @param storage what all tabs of the browser share: the page is for development */
export function createMemory(storage: Pick<Storage, "getItem" | "setItem" | "removeItem">) {
  const forget = (...names: string[]) => names.forEach((name) => storage.removeItem(name));
  const keep = (name: string, value: unknown) => {
    if (typeof value === "string") storage.setItem(name, value);
  };
  const session: SessionStore = {
    read: () => JSON.parse(storage.getItem("session") ?? "null") as ReturnType<SessionStore["read"]>,
    write: (next) => (next ? keep("session", JSON.stringify(next)) : forget("session")),
  };

  /** Keeps what the next tabs need out of an answer, and of the variables that were sent. */
  function learn(data: unknown, variables: unknown): void {
    if (typeof data !== "object" || data === null) return;
    const answer = { ...data, variables };
    const isSignedOut = at(answer, "signOut") === true || at(answer, "deleteAccount") === true;
    const phone = at(answer, "variables.input.phone") ?? storage.getItem("phone");
    // The rooms of somebody else are of no use to a person who signs in now.
    if (isSignedOut || phone !== storage.getItem("phone")) forget(...Object.keys(PLACEHOLDERS), "session");
    if (at(answer, "createChatroom.id")) forget("replyId");
    if (at(answer, "messageAdded.role") === "ASSISTANT") keep("replyId", at(answer, "messageAdded.id"));
    for (const [name, { paths }] of Object.entries(PLACEHOLDERS))
      for (const path of paths) keep(name, at(answer, path));
    for (const payload of Object.values(data)) {
      const { accessToken, accessTokenExpiresAt = "", refreshToken = "" } = (payload ?? {}) as Record<string, string>;
      if (typeof accessToken !== "string") continue;
      const { token, expiresAt } = receiveToken({ accessToken, accessTokenExpiresAt });
      session.write({ refreshToken, access: { token, expiresAt: expiresAt.getTime() } });
      forget("code");
    }
  }

  /** A copy of the variables with every `{{name}}` replaced. @throws {Error} that says which tab to run first */
  const fillIn = (variables: unknown) =>
    JSON.parse(JSON.stringify(variables), (_, value: unknown) =>
      typeof value === "string" ? value.replaceAll(/\{\{(\w+)\}\}/g, (_all, name: string) => find(name)) : value,
    ) as Record<string, unknown>;

  function find(name: string): string {
    // Not randomUUID: a page that is not on localhost or https does not have it.
    if (name === "newId") return String(crypto.getRandomValues(new Uint32Array(4))).replaceAll(",", "-");
    const value = storage.getItem(name);
    if (value !== null) return value;
    const tab = PLACEHOLDERS[name]?.tab;
    if (tab)
      throw new Error(`Run the tab "${tab}" first: its answer brings {{${name}}}. Or write a value in its place.`);
    throw new Error(`Nothing is called {{${name}}} here. Known are ${Object.keys(PLACEHOLDERS).join(", ")}, newId.`);
  }

  return { learn, fillIn, session };
}

/** `at(data, "sendMessage.reply.id")`, for answers of any shape. */
const at = (value: unknown, path: string): unknown =>
  path
    .split(".")
    .reduce<unknown>((inner, step) => (inner as Record<string, unknown> | null | undefined)?.[step], value);
