/**
 * Stated by a field of Query, as its extension `cacheGroup`: in which group of the cache its answers to this user are
 * cached, or null where they are not. Everything below the field is cached with it, so each change of any of it drops the
 * group; a field that changes by itself, such as with time, states `uncacheable`. Anybody who is signed in may ask for it.
 */
export type CacheGroup<Args = Record<string, unknown>> = (userId: string, args: Args) => string | null;
