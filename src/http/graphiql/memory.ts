/** What the page keeps between requests, by the names that placeholders use. */
export type Memory = {
  /** The value kept under a name, or null. */
  recall(name: string): string | null;
  forget(...names: string[]): void;
  /** Keeps what the next tabs need out of an answer. `variables` are those that were sent. */
  learn(data: unknown, variables: unknown): void;
  /** A copy of the variables with every `{{name}}` replaced. Throws an Error that says which tab to run first. */
  fillIn(variables: unknown): unknown;
};

/** The part of the browser's `localStorage` that is needed here. */
export type KeyValueStore = {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
};

/**
 * The memory that the browser's tabs share, so that a second one is signed in, too, and in the same room. Runs in the
 * browser: the page gets this function's own text, so it can use nothing from outside of itself.
 *
 * @param storage where values are kept: `localStorage`; the page is for development
 * @param filledBy for each name the tab whose answer brings it
 */
export function createMemory(storage: KeyValueStore, filledBy: Readonly<Record<string, string>>): Memory {
  const key = (name: string) => `colloquy:${name}`;
  const recall = (name: string) => storage.getItem(key(name));
  const forget = (...names: string[]) => names.forEach((name) => storage.removeItem(key(name)));
  const keep = (name: string, value: unknown) => {
    if (typeof value === "string") storage.setItem(key(name), value);
  };

  /** `at(data, "sendMessage", "reply", "id")`, for answers of any shape. */
  const at = (value: unknown, ...path: string[]): unknown =>
    path.reduce<unknown>((inner, step) => {
      return typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[step] : undefined;
    }, value);

  function learn(data: unknown, variables: unknown): void {
    if (typeof data !== "object" || data === null) return;

    for (const [field, payload] of Object.entries(data)) {
      if (field === "sendOtp") {
        const phone = at(variables, "input", "phone");
        // Somebody else's rooms are of no use to whoever signs in now.
        if (phone !== recall("phone")) forgetPerson();
        keep("phone", phone);
        keep("code", at(payload, "code"));
      } else if (field === "createChatroom") {
        keep("chatroomId", at(payload, "id"));
        forget("replyId");
      } else if (field === "sendMessage" || field === "editMessage") {
        keep("replyId", at(payload, "reply", "id"));
      } else if (field === "regenerateReply" || field === "retryReply") {
        keep("replyId", at(payload, "id"));
      } else if (field === "messageAdded" && at(payload, "role") === "ASSISTANT") {
        keep("replyId", at(payload, "id"));
      } else if ((field === "signOut" || field === "deleteAccount") && payload === true) {
        forgetPerson();
      }

      const accessToken = at(payload, "accessToken");
      if (typeof accessToken === "string") {
        keep("accessToken", accessToken);
        // A run that did not ask for one has no use for that of an earlier session.
        forget("refreshToken", "renewAt", "code");
        keep("refreshToken", at(payload, "refreshToken"));
        keep("renewAt", timeToRenew(accessToken));
      }
    }
  }

  function forgetPerson(): void {
    forget(...Object.keys(filledBy), "refreshToken", "renewAt");
  }

  /** When nine tenths of a token's time are over, by this browser's clock; the token tells its length (a JWT). */
  function timeToRenew(token: string): string | undefined {
    try {
      const claims: unknown = JSON.parse(atob((token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/")));
      const seconds = Number(at(claims, "exp")) - Number(at(claims, "iat"));
      return Number.isFinite(seconds) ? String(Date.now() + seconds * 900) : undefined;
    } catch {
      return undefined; // Not a JWT: it is renewed when it is refused.
    }
  }

  function fillIn(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(fillIn);
    if (typeof value === "object" && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fillIn(inner)]));
    }
    return typeof value === "string" ? value.replace(/\{\{(\w+)\}\}/g, (_, name: string) => look(name)) : value;
  }

  function look(name: string): string {
    // Not randomUUID: a page that is not on localhost or https does not have it.
    if (name === "newId")
      return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
    const value = recall(name);
    if (value !== null) return value;
    const tab = filledBy[name];
    throw new Error(
      tab === undefined
        ? `Nothing is called {{${name}}} here. Known are ${[...Object.keys(filledBy), "newId"].join(", ")}.`
        : `Run the tab "${tab}" first: its answer brings {{${name}}}. Or write a value in its place.`,
    );
  }

  return { recall, forget, learn, fillIn };
}
