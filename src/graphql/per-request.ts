import type { RequestContext } from "./context.ts";

/** Something that each request has one of, made when it is first asked for. */
export function perRequest<T>(create: (context: RequestContext) => T): (context: RequestContext) => T {
  const made = new WeakMap<RequestContext, T>();
  return (context) => {
    const known = made.get(context);
    if (known !== undefined) return known;
    const value = create(context);
    made.set(context, value);
    return value;
  };
}
