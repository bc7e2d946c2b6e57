import { randomBytes } from "node:crypto";
import { realpathSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { createAnswers } from "./answers.ts";
import { createAvailability, type Availability } from "./availability.ts";
import { requiresSignatures } from "./content-directives.ts";
import { DirectiveError } from "./directive-words.ts";
import { errorBody } from "./errors.ts";
import { signs, takesOwnTurn } from "./models.ts";
import { playScript, sendError } from "./play.ts";
import { preciseNow, textOf, type Purpose, type RequestRecord } from "./record.ts";
import { routeRequest, type Refuse } from "./routes.ts";
import { matchesPrompt, type PromptMatcher, type Script } from "./script.ts";
import { createSignatures } from "./signatures.ts";
import { showsThoughts } from "./thinking.ts";
import { estimateTokens } from "./usage.ts";
import { createWaiters } from "../waiters.ts";

export type FakeGeminiOptions = Readonly<{
  /** 0, the default, takes a free port. */
  port?: number;
  host?: string;
  /** Between the chunks of a reply that is not scripted. */
  chunkDelayMs?: number;
  /** Refuses every other key as Gemini does; without it any key will do. */
  apiKey?: string;
  /**
   * Stricter than Google: answers 400 to a turn that the fake has signed and that comes back without the signature, or
   * with another text. A request by itself asks for it by `[[fake: require-signatures]]`.
   */
  requireSignatures?: boolean;
  /** Folders with recorded answers for `[[fake: sample=<name>]]`. */
  samples?: readonly string[];
}>;

export type FakeGemini = Readonly<{
  /** To be given to the SDK as its base URL. */
  url: string;
  /** Takes models away, for a while or for good, and brings them back. */
  models: Pick<Availability, "set" | "restore">;
  /** Every request, whatever it is for, oldest first, the last 10,000. */
  requests: readonly RequestRecord[];
  /** Answers the next request for a reply that nothing before it claims by this script. */
  enqueue(script: Script): void;
  /** Answers the next `times` (1) requests for a reply, or for that purpose, whose prompt matches by this script. */
  onPrompt(matcher: PromptMatcher, script: Script, options?: { times?: number; purpose?: Purpose }): void;
  /**
   * The oldest request for a reply, or for that purpose, that no call has returned yet, or the next one. Rejects after 10 s,
   * as the others here do.
   */
  nextRequest(matcher?: PromptMatcher, purpose?: Purpose): Promise<RequestRecord>;
  /** Resolves when the client has closed the connection early; rejects when the answer went out to its end. */
  whenAborted(record: RequestRecord): Promise<RequestRecord>;
  /** Resolves when the answer went out to its end; rejects when the client closed the connection early. */
  whenFinished(record: RequestRecord): Promise<RequestRecord>;
  /** Resolves when that many chunks of text have gone out. */
  whenSent(record: RequestRecord, chunks: number): Promise<RequestRecord>;
  /** Forgets scripts, counts, records and outages; what is being answered goes on. */
  reset(): void;
  /** Closes every connection and waits until the port is free. */
  close(): Promise<void>;
}>;

const KEPT_REQUESTS = 10_000;
const OWN_TURN = { message: "Requests ending with a model turn are not supported." };

/**
 * Starts a local server that speaks Gemini's HTTP API (https://ai.google.dev/api/generate-content) as the SDK calls it.
 * It never calls anybody. Tests in the same process steer it by scripts, others by directives in the prompt (see
 * directives.ts) and read `GET /fake/requests`.
 *
 * @throws {Error} when the port is taken
 */
export async function startFakeGemini(options: FakeGeminiOptions = {}): Promise<FakeGemini> {
  const { port = 0, host = "127.0.0.1", chunkDelayMs = 40, apiKey, requireSignatures = false, samples = [] } = options;
  const requests: RequestRecord[] = [];
  const handed = new WeakSet<RequestRecord>();
  const answers = createAnswers({ chunkDelayMs, samples });
  const availability = createAvailability();
  const signatures = createSignatures();
  const waiters = createWaiters();
  let closing = false;

  async function generate(record: RequestRecord, response: ServerResponse, refuse: Refuse): Promise<void> {
    requests.push(record);
    if (requests.length > KEPT_REQUESTS) requests.shift();
    response.once("close", () => {
      record.finished = response.writableFinished;
      // A connection that the script cut has its end already, and one that close() tears down was not the client's doing.
      record.aborted = !record.finished && record.endedAt === undefined && !closing;
      record.endedAt ??= preciseNow();
      waiters.changed();
    });
    waiters.changed();

    const { model, body, prompt, purpose } = record;
    const outage = availability.refuse(model);
    if (outage) return refuse(outage.status, outage.body);
    if (body.contents?.at(-1)?.role === "model" && !takesOwnTurn(model)) return refuse(400, errorBody(400, OWN_TURN));
    const strict = requireSignatures || (purpose === "REPLY" && requiresSignatures(prompt));
    const fault = signatures.findFault(model, body, strict);
    if (fault) return refuse(400, fault);

    const script = answers.choose(record);
    for (const signature of signaturesIn(script)) signatures.remember(model, signature);
    const promptTokens = estimateTokens((body.contents ?? []).map(textOf).join("\n"));
    await playScript(script, {
      response,
      record,
      answer: { model, responseId: randomBytes(16).toString("base64url"), promptTokens },
      showsThoughts: showsThoughts(body),
      sign: (text) => (signs(model) ? signatures.sign(model, text) : undefined),
      changed: waiters.changed,
    });
  }

  const server = createServer((request, response) => {
    routeRequest(request, response, { apiKey, generate, availability, requests: () => requests }).catch(
      (error: unknown) => {
        if (response.headersSent || response.destroyed) return response.destroy();
        const status = error instanceof DirectiveError ? 400 : 500;
        return sendError(response, status, errorBody(status, { message: String(error) }));
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });

  const address = server.address() as AddressInfo;
  const urlHost = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return {
    url: `http://${urlHost}:${address.port}`,
    models: availability,
    requests,
    enqueue: (script) => answers.add(() => true, script),
    onPrompt: answers.add,
    nextRequest: (matcher = () => true, purpose = "REPLY") =>
      waiters.until(() => {
        const found = requests.find(
          (record) => !handed.has(record) && record.purpose === purpose && matchesPrompt(matcher, record.prompt),
        );
        if (found) handed.add(found);
        return found;
      }, "a request"),
    whenAborted: (record) =>
      waiters.until(() => {
        if (record.finished) throw new Error("the answer went out to its end, nobody aborted it");
        return record.aborted ? record : undefined;
      }, "the client to abort"),
    whenFinished: (record) =>
      waiters.until(() => {
        if (record.aborted) throw new Error("the client closed the connection before the end");
        return record.finished ? record : undefined;
      }, "the answer's end"),
    whenSent: (record, chunks) =>
      waiters.until(() => (record.chunksSent >= chunks ? record : undefined), `${chunks} chunks`),
    reset() {
      answers.reset();
      availability.reset();
      requests.length = 0;
    },
    async close() {
      closing = true;
      waiters.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** Signatures in parts and events that a script sends as they are. */
function signaturesIn(script: Script): string[] {
  const literal = script.filter((step) => "event" in step || "part" in step);
  const found = JSON.stringify(literal).matchAll(/"thoughtSignature":"([^"]+)"/g);
  return Array.from(found, ([, signature = ""]) => signature);
}

/** Runs the fake by itself until SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "4010" },
      host: { type: "string", default: "127.0.0.1" },
      "chunk-delay": { type: "string", default: "40" },
      "api-key": { type: "string" },
      samples: { type: "string", multiple: true },
    },
  });
  const fake = await startFakeGemini({
    port: Number(values.port),
    host: values.host,
    chunkDelayMs: Number(values["chunk-delay"]),
    samples: values.samples ?? [],
    ...(values["api-key"] === undefined ? {} : { apiKey: values["api-key"] }),
  });
  const stop = (): void => void fake.close();
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  console.log(`Gemini's fake listens on ${fake.url}`);
}

const started = process.argv[1];
if (started !== undefined && import.meta.url === pathToFileURL(realpathSync(started)).href) await main();
