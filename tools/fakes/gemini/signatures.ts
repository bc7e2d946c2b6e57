import { createHash, createHmac } from "node:crypto";
import { errorBody } from "./errors.ts";
import { familyOf, signs } from "./models.ts";
import { textOf, type RequestBody } from "./record.ts";

/** What the fake signs its turns with, and how it looks at the signatures that come back. */
export type Signatures = Readonly<{
  /** The signature of a whole turn: the same for the same family and text, also after a restart. */
  sign(model: string, text: string): string;
  /** Takes a signature that a recorded answer carries for one that the model made. */
  remember(model: string, signature: string): void;
  /** The body of the 400 for what is wrong with the signatures of a request; `strict` wants all that it has made back. */
  findFault(model: string, body: RequestBody, strict: boolean): object | undefined;
}>;

/** By these words a request tells the real service not to look (https://ai.google.dev/gemini-api/docs/thought-signatures). */
const UNCHECKED: ReadonlySet<string> = new Set([
  "context_engineering_is_the_way_to_go",
  "skip_thought_signature_validator",
]);

const KEY = "the fake's own, and no secret";
const MAC_BYTES = 32;
/** Real ones have from 50 bytes to some thousand. */
const FILLER = 3;
const MAX_REMEMBERED = 10_000;

type Content = NonNullable<RequestBody["contents"]>[number];
type Part = NonNullable<Content["parts"]>[number];

/**
 * Signatures as far as Google tells of them. Known: they are opaque; a changed one is "Corrupted thought signature.";
 * the first function call of each step of the current turn needs its own. Assumed: another family's is answered as a
 * changed one is. Stricter than Google, and only where a test asks for it: a turn that was signed must come back with
 * the signature, and with the text that was signed.
 */
export function createSignatures(): Signatures {
  const remembered = new Map<string, string>();

  /** @returns the hash of the text it was made for, empty for a recorded one; undefined when it is not the family's */
  function read(family: string, signature: string): string | undefined {
    if (remembered.get(signature) === family) return "";
    const bytes = Buffer.from(signature, "base64");
    const signed = bytes.subarray(0, -MAC_BYTES);
    if (!bytes.subarray(-MAC_BYTES).equals(macOf(signed))) return undefined;
    const [madeBy, hash] = signed.toString("latin1").split("\n", 3).slice(1);
    return madeBy === family ? hash : undefined;
  }

  function findPartFault(part: Part, model: string, at: string): string | undefined {
    const { thoughtSignature: signature } = part;
    if (signature === undefined || UNCHECKED.has(signature)) return undefined;
    if (!/^[\w+/-]*={0,2}$/.test(signature)) {
      return `Invalid value at '${at}.thought_signature' (TYPE_BYTES), Base64 decoding failed for "${signature}"`;
    }
    return read(familyOf(model), signature) === undefined ? "Corrupted thought signature." : undefined;
  }

  function findStrictFault(content: Content, model: string, at: number): string | undefined {
    const text = textOf(content);
    const made = (content.parts ?? []).flatMap(({ thoughtSignature }) => thoughtSignature ?? []);
    const mine = `${familyOf(model)}\n${hashOf(text)}`;
    if (made.length === 0) {
      return remembered.has(mine)
        ? `Text is missing a thought_signature in text parts, position ${at + 1}.`
        : undefined;
    }
    const isOfText = made.some((signature) => ["", hashOf(text)].includes(read(familyOf(model), signature) ?? "other"));
    return isOfText ? undefined : "Corrupted thought signature.";
  }

  function keep(key: string, value: string): void {
    const oldest = remembered.keys().next();
    if (remembered.size >= MAX_REMEMBERED && !oldest.done) remembered.delete(oldest.value);
    remembered.set(key, value);
  }

  return {
    sign(model, text) {
      const hash = hashOf(text);
      keep(`${familyOf(model)}\n${hash}`, "signed");
      const filler = Array.from({ length: FILLER }, (_, n) =>
        createHash("sha512").update(`${n} ${hash}`).digest("hex"),
      );
      const signed = Buffer.from(`\u0012fake\n${familyOf(model)}\n${hash}\n${filler.join("")}`, "latin1");
      return Buffer.concat([signed, macOf(signed)]).toString("base64");
    },
    remember: (model, signature) => keep(signature, familyOf(model)),
    findFault(model, body, strict) {
      if (!signs(model)) return undefined;
      const contents = body.contents ?? [];
      const message =
        findMissing(contents) ??
        first(contents, (content, at) =>
          first(content.parts ?? [], (part, n) => findPartFault(part, model, `contents[${at}].parts[${n}]`)),
        ) ??
        first(contents, (content, at) =>
          strict && content.role === "model" ? findStrictFault(content, model, at) : undefined,
        );
      return message === undefined ? undefined : errorBody(400, { message });
    },
  };
}

/** A function call of the current turn without its signature; of calls in parallel only the first has one. */
function findMissing(contents: readonly Content[]): string | undefined {
  const asked = contents.findLastIndex(({ role, parts }) => role !== "model" && !parts?.some(isResponse));
  for (const [at, { role, parts }] of contents.entries()) {
    const call =
      role === "model" && at > asked ? parts?.find(({ functionCall }) => functionCall !== undefined) : undefined;
    if (!call || call.thoughtSignature !== undefined) continue;
    return (
      "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, " +
      "and missing thought_signature may lead to degraded model performance. Additional data, function call " +
      `\`default_api:${call.functionCall?.name ?? ""}\` , position ${at + 1}. Please refer to ` +
      "https://ai.google.dev/gemini-api/docs/thought-signatures for more details."
    );
  }
  return undefined;
}

const isResponse = (part: Part): boolean => part["functionResponse"] !== undefined;

function first<Item, Found>(items: readonly Item[], find: (item: Item, at: number) => Found | undefined) {
  for (const [at, item] of items.entries()) {
    const found = find(item, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

const macOf = (bytes: Uint8Array): Buffer => createHmac("sha256", KEY).update(bytes).digest();

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");
