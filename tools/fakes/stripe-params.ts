/** Parameters of a call, nested as they were meant. */
export type Params = { [key: string]: string | Params };

/** Reads Stripe's form encoding, such as `line_items[0][price]=price_1&metadata[userId]=2`. */
export function readParams(encoded: string): Params {
  const params: Params = {};
  for (const [name, value] of new URLSearchParams(encoded)) {
    const [first = "", ...rest] = name.replaceAll("]", "").split("[");
    put(params, [first, ...rest], value);
  }
  return params;
}

function put(into: Params, [key = "", ...rest]: readonly string[], value: string): void {
  if (rest.length === 0) {
    into[key] = value;
    return;
  }
  const inner = into[key];
  const next: Params = typeof inner === "object" ? inner : {};
  into[key] = next;
  put(next, rest, value);
}

/** A parameter that is no structure; empty where it was not given. */
export function textOf(params: Params, name: string): string {
  const value = params[name];
  return typeof value === "string" ? value : "";
}
