import type { ChaosSendMutation } from "../../tools/generated/graphql/graphql.ts";
import { delay } from "../../src/platform/timing.ts";
import { ChaosSend } from "./documents.ts";
import { takeTurns } from "./take-turns.ts";

export type Sent = Readonly<{ messageId: string; replyId: string; /** How often it was sent. */ sends: number }>;

export type SendInput = Readonly<{ chatroomId: string; content: string; clientId: string }>;

type Answer = Readonly<{
  data?: ChaosSendMutation | null;
  errors?: readonly { message: string; extensions?: { code?: string; retryAfter?: number } }[];
}>;

const ANSWER_LIMIT_MS = 6_000;
const MAX_WAIT_MS = 2_000;

/**
 * Sends a message until it is answered, each time under the same client id, as a good client does.
 *
 * @param options.onFault hears why it was not answered
 * @throws when the signal is aborted first
 */
export async function sendSurely(
  input: SendInput,
  options: {
    urls: readonly string[];
    token: string;
    random: () => number;
    signal: AbortSignal;
    onFault: (fault: string) => void;
  },
): Promise<Sent> {
  const nextUrl = takeTurns(options.urls, options.random);
  for (let sends = 1; ; sends += 1) {
    options.signal.throwIfAborted();
    const answer = await post(nextUrl(), options.token, input, options.signal);
    if (typeof answer !== "string" && answer.data) {
      const { message, reply } = answer.data.sendMessage;
      return { messageId: message.id, replyId: reply.id, sends };
    }
    const [error] = typeof answer === "string" ? [] : (answer.errors ?? []);
    options.onFault(typeof answer === "string" ? answer : (error?.extensions?.code ?? error?.message ?? "no data"));
    const wait = Math.min(MAX_WAIT_MS, 100 * 2 ** sends);
    await delay(wait * (0.5 + options.random() / 2), options.signal);
  }
}

/** @returns what kept the answer away, as words */
async function post(url: string, token: string, input: SendInput, signal: AbortSignal): Promise<Answer | string> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: ChaosSend.toString(), variables: { input } }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]),
    });
    return (await response.json()) as Answer;
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError") return "no answer in time";
    return "no connection";
  }
}
