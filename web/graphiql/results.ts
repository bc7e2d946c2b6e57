import { Kind, parse, type OperationDefinitionNode } from "graphql";
import { at } from "./memory.ts";

export type Result = { data?: unknown; errors?: readonly { message: string }[] };

/** What GraphiQL hands to its fetcher. */
export type Params = { query: string; operationName?: string | null; variables?: unknown };

/**
 * The operation to run, found in the text: just after a change of tabs GraphiQL still names the last tab's operation,
 * and hands over its document.
 */
export function chosenOperation({ query, operationName = null }: Params): { kind: string; name: string | null } {
  const operations = readOperations(query).map(({ operation, name }) => ({
    kind: operation as string,
    name: name?.value ?? null,
  }));
  const named = operations.find(({ name }) => name === operationName);
  const [only] = operations.length === 1 ? operations : [];
  return named ?? only ?? { kind: "query", name: operationName };
}

function readOperations(query: string): OperationDefinitionNode[] {
  try {
    return parse(query).definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  } catch {
    return []; // The server says what is wrong with it.
  }
}

/** @returns null for what is no answer of GraphQL */
export function readResult(text: string): Result | null {
  try {
    const value: unknown = JSON.parse(text);
    return at(value, "data") !== undefined || at(value, "errors") !== undefined ? (value as Result) : null;
  } catch {
    return null;
  }
}

export function isUnauthenticated({ data, errors = [] }: Result): boolean {
  return (data ?? null) === null && errors.some((error) => at(error, "extensions", "code") === "UNAUTHENTICATED");
}

/** What went wrong, as a result that GraphiQL shows. */
export function refusal(error: unknown): Result {
  if (Array.isArray(error)) return { errors: error };
  const code = closeCode(error);
  if (code === 4403) {
    return refusal('The token has run out or is not valid: run the tabs "SignIn" and "EnterCode" again (4403).');
  }
  if (code !== undefined) return refusal(`The WebSocket was closed (${`${code} ${reasonOf(error)}`.trim()}).`);
  return { errors: [{ message: error instanceof Error ? error.message : String(error) }] };
}

/** @returns undefined for what is not the end of a WebSocket */
export function closeCode(event: unknown): number | undefined {
  const code = at(event, "code");
  return typeof code === "number" && !(event instanceof Error) ? code : undefined;
}

function reasonOf(event: unknown): string {
  const reason = at(event, "reason");
  return typeof reason === "string" ? reason : "";
}
