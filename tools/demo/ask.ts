import { withTimeout } from "../../src/platform/timing.ts";
import type { DemoClient, ReplyNews } from "./client.ts";
import { CreateChatroom, ListModels, SendMessage, SendOtp, VerifyOtp } from "./documents.ts";
import { createFictionalPhone } from "./phone.ts";
import { formatTime, type Screen } from "./screen.ts";

/** Longer than the worker waits for Gemini's first word; in between the reply says that it is tried again. */
const SILENCE_LIMIT_MS = 120_000;
/** How the local fake's replies begin. */
const FAKE = "I am Colloquy's local fake";

type Message = NonNullable<ReplyNews["message"]>;

/**
 * Signs in, opens a room, asks, and shows the reply as it comes.
 *
 * @param stop shows nothing more once it is aborted
 * @throws when there is no complete reply
 */
export async function ask(
  client: DemoClient,
  question: string,
  { screen, stop }: { screen: Screen; stop: AbortSignal },
): Promise<void> {
  const phone = createFictionalPhone();
  await screen.step("signing in", signIn(client, phone), () => `Signed in as ${phone} with a one-time password`);
  const { id: chatroomId } = await screen.step(
    "opening a room",
    openRoom(client),
    ({ model }) => `Opened a room in which ${model.id} answers`,
  );

  screen.line();
  screen.question(question);
  screen.line();
  const askedAt = performance.now();
  const { sendMessage } = await client.request(SendMessage, { chatroomId, content: question });
  if (!sendMessage.reply) throw new Error("The message waits in a queue.");
  const reply = await showReply(client, sendMessage.reply.id, { screen, stop });
  const { status, message, text, firstAt, pieces } = reply;
  screen.line();
  if (status !== "COMPLETE") throw new Error(describeFailure(status, message));
  if (message.content !== text) throw new Error("The finished message is not the text that was streamed");

  for (const { title, uri } of message.parts.flatMap((part) => ("sources" in part ? part.sources : [])))
    screen.aside(`source: ${title ?? "untitled"}, ${uri}`);
  const tokens = `tokens: ${message.promptTokens ?? "?"} in, ${message.replyTokens ?? "?"} out`;
  const first = `first token after ${formatTime(firstAt - askedAt)}`;
  const all = `all ${pieces} pieces after ${formatTime(performance.now() - askedAt)}`;
  screen.success([status, tokens, first, all].join(" · "));
  if (!text.startsWith(FAKE)) return;
  screen.aside("These are the words of a local fake. For Gemini's own: GEMINI_API_KEY=… npm run demo");
}

async function signIn(client: DemoClient, phone: string): Promise<void> {
  const { sendOtp } = await client.request(SendOtp, { phone });
  if (sendOtp.code == null) {
    throw new Error("This API sends its one-time passwords elsewhere: the demo needs OTP_DELIVERY=response");
  }
  const { verifyOtp } = await client.request(VerifyOtp, { phone, code: sendOtp.code });
  client.useToken(verifyOtp.accessToken);
}

/** A room in which the model thinks aloud and may search, as far as the default model can. */
async function openRoom(client: DemoClient) {
  const { models } = await client.request(ListModels, {});
  const model = models.find(({ isDefault }) => isDefault);
  const thinking = model?.thinkingLevels.find((level) => level === "LOW") ?? null;
  const settings = { showThoughts: true, search: model?.tools.includes("SEARCH") ?? false, thinking };
  const { createChatroom } = await client.request(CreateChatroom, { settings });
  return createChatroom;
}

async function showReply(client: DemoClient, replyId: string, { screen, stop }: { screen: Screen; stop: AbortSignal }) {
  const chunks = client.watchReply(replyId)[Symbol.asyncIterator]();
  let text = "";
  let pieces = 0;
  let firstAt = 0;
  for (;;) {
    const { done, value } = await withTimeout(chunks.next(), SILENCE_LIMIT_MS, "Nothing more is heard of the reply");
    // What was already under way is not shown below the word that all is over.
    stop.throwIfAborted();
    if (done) throw new Error("The live reply ended without its last chunk");
    if (value.status === "PENDING" && value.attempt > 0) screen.aside("(a passing fault: the reply is tried again)");
    if (value.restarted) text = "";
    if (value.added !== "") {
      if (firstAt === 0 && value.thoughts !== "")
        screen.aside(`thought: ${value.thoughts.trim().replaceAll(/\s+/g, " ")}\n`);
      firstAt ||= performance.now();
      pieces += 1;
      text += value.added;
      screen.stream(value.added);
    }
    if (value.message) return { status: value.status, message: value.message, text, firstAt, pieces };
  }
}

function describeFailure(status: string, { error }: Message): string {
  return error ? `${status}: ${error.message} (${error.code})` : `The reply has ended as ${status}`;
}
