/** What the page keeps between requests, by the names that placeholders use. All tabs of the browser share it. */
export type Memory = {
  recall(name: string): string | null;
  forget(...names: string[]): void;
  /** Keeps what the next tabs need out of an answer. `variables` are those that were sent. */
  learn(data: unknown, variables: unknown): void;
  /** A copy of the variables with every `{{name}}` replaced. Throws an Error that says which tab to run first. */
  fillIn(variables: unknown): unknown;
};

/** Which tab's answer brings what a placeholder stands for. `{{newId}}` is made up, a new one for each request. */
export const FILLED_BY: Readonly<Record<string, string>> = {
  phone: "SignIn",
  code: "SignIn",
  accessToken: "EnterCode",
  chatroomId: "CreateRoom",
  replyId: "SendMessage",
};

const REPLY_PATHS: Readonly<Record<string, string[]>> = {
  sendMessage: ["reply", "id"],
  editMessage: ["reply", "id"],
  regenerateReply: ["id"],
  retryReply: ["id"],
};

/** @param storage the browser's `localStorage`: the page is for development */
export function createMemory(storage: Pick<Storage, "getItem" | "setItem" | "removeItem">): Memory {
  const recall = (name: string) => storage.getItem(`colloquy:${name}`);
  const forget = (...names: string[]) => names.forEach((name) => storage.removeItem(`colloquy:${name}`));
  const forgetPerson = () => forget(...Object.keys(FILLED_BY), "refreshToken", "renewAt");
  const keep = (name: string, value: unknown) => {
    if (typeof value === "string") storage.setItem(`colloquy:${name}`, value);
  };

  function learn(data: unknown, variables: unknown): void {
    if (typeof data !== "object" || data === null) return;
    for (const [field, payload] of Object.entries(data)) {
      const replyPath = REPLY_PATHS[field];
      if (replyPath) keep("replyId", at(payload, ...replyPath));
      else if (field === "messageAdded" && at(payload, "role") === "ASSISTANT") keep("replyId", at(payload, "id"));
      else if (field === "sendOtp") {
        const phone = at(variables, "input", "phone");
        // The rooms of somebody else are of no use to a person who signs in now.
        if (phone !== recall("phone")) forgetPerson();
        keep("phone", phone);
        keep("code", at(payload, "code"));
      } else if (field === "createChatroom") {
        keep("chatroomId", at(payload, "id"));
        forget("replyId");
      } else if ((field === "signOut" || field === "deleteAccount") && payload === true) forgetPerson();

      const accessToken = at(payload, "accessToken");
      if (typeof accessToken === "string") {
        keep("accessToken", accessToken);
        // A run that did not ask for a refresh token has no use for that of an earlier session.
        forget("refreshToken", "renewAt", "code");
        keep("refreshToken", at(payload, "refreshToken"));
        keep("renewAt", timeToRenew(accessToken));
      }
    }
  }

  function fillIn(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(fillIn);
    if (typeof value === "object" && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fillIn(inner)]));
    }
    return typeof value === "string" ? value.replace(/\{\{(\w+)\}\}/g, (_, name: string) => find(name)) : value;
  }

  function find(name: string): string {
    // Not randomUUID: a page that is not on localhost or https does not have it.
    if (name === "newId")
      return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
    const value = recall(name);
    if (value !== null) return value;
    const tab = FILLED_BY[name];
    throw new Error(
      tab === undefined
        ? `Nothing is called {{${name}}} here. Known are ${[...Object.keys(FILLED_BY), "newId"].join(", ")}.`
        : `Run the tab "${tab}" first: its answer brings {{${name}}}. Or write a value in its place.`,
    );
  }

  return { recall, forget, learn, fillIn };
}

/** When nine tenths of a token's time are over, by this browser's clock; the token (a JWT) tells its length. */
function timeToRenew(token: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(atob((token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/")));
    const seconds = Number(at(claims, "exp")) - Number(at(claims, "iat"));
    return Number.isFinite(seconds) ? String(Date.now() + seconds * 900) : undefined;
  } catch {
    return undefined; // Not a JWT: it is renewed when it is refused.
  }
}

/** `at(data, "sendMessage", "reply", "id")`, for answers of any shape. */
export function at(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (inner, step) =>
      typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[step] : undefined,
    value,
  );
}
