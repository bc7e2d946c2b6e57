import { GraphQLError } from "graphql";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Viewer } from "../../features/auth/viewer.ts";
import type { Config } from "../../config.ts";
import { networkOf } from "../../platform/network.ts";

/** "Too many connections": of a user, or from an address. It may come back when others have gone. */
export const TOO_MANY_SOCKETS = 4329;
/** Subscriptions of one socket. A tab has one for each room and reply it shows, and one for the account. */
export const MAX_SUBSCRIPTIONS = 100;

const MINUTE_S = 60;
/** A socket's message costs this part of a request. Most are pings, and the end of what a request has begun. */
const MESSAGES_A_REQUEST = 10;

/**
 * What one process gives to each address and user. It is counted in the process, at a few microseconds a request:
 * these budgets keep a process from being kept busy, and asking Redis would cost as much as many requests do. What must
 * hold for all processes together, codes and guesses, is counted in Redis: see `RateLimits`.
 */
export type Budgets = Readonly<{
  /**
   * @param from.ip null for an address that is not known, which is refused
   * @throws {GraphQLError} `RATE_LIMITED` with `retryAfter`, answered as HTTP 429
   */
  takeRequest(from: Readonly<{ ip?: string | null; userId?: string | undefined }>): Promise<void>;
  /**
   * Counts a message of a socket, and an attempt to open one: they cost a tenth of a request.
   *
   * @param units what it costs, in such tenths
   * @returns whether it is within the minute's budgets of its address and its user
   */
  takeMessage(from: Readonly<{ ip: string; userId?: string | undefined }>, units: number): boolean;
  /**
   * Counts an open socket.
   *
   * @returns gives it back; null when there are too many already
   */
  openSocket(from: Readonly<{ ip: string | null } | { userId: string }>): (() => void) | null;
  /**
   * Counts an open event stream, as a socket, and for its session as well.
   *
   * @returns gives it back
   * @throws {GraphQLError} `RATE_LIMITED` with `retryAfter`, answered as HTTP 429
   */
  openStream(from: Readonly<{ ip: string | null; viewer: Viewer | null }>): () => void;
}>;

export function createBudgets({ limits }: Config): Budgets {
  const perAddress = createBudget(limits.requestsPerIp);
  const perUser = createBudget(limits.requestsPerUser);
  const messagesPerAddress = createWindow(limits.requestsPerIp * MESSAGES_A_REQUEST);
  const messagesPerUser = createWindow(limits.requestsPerUser * MESSAGES_A_REQUEST);
  const addresses = createTally(limits.socketsPerIp);
  const users = createTally(limits.socketsPerUser);
  const sessions = createTally(limits.streamsPerSession);
  const openSocket: Budgets["openSocket"] = (from) => {
    if ("userId" in from) return users(from.userId);
    return from.ip === null ? null : addresses(networkOf(from.ip));
  };
  return {
    async takeRequest({ ip, userId }) {
      if (ip === null) throw tooManyRequests(0);
      if (ip !== undefined) await perAddress(networkOf(ip));
      if (userId !== undefined) await perUser(userId);
    },
    takeMessage({ ip, userId }, units) {
      // Both count, whatever the first one says.
      const within = messagesPerAddress(networkOf(ip), units);
      return (userId === undefined || messagesPerUser(userId, units)) && within;
    },
    openSocket,
    openStream({ ip, viewer }) {
      const release = takeAll([
        () => openSocket({ ip }),
        ...(viewer ? [() => users(viewer.userId), () => sessions(viewer.sessionId)] : []),
      ]);
      if (!release) throw tooManyStreams();
      return release;
    },
  };
}

/** One of each, or none at all: what the first ones gave is given back when a later one gives nothing. */
function takeAll(tallies: readonly (() => (() => void) | null)[]): (() => void) | null {
  const taken: (() => void)[] = [];
  const giveBack = () => {
    for (const give of taken.splice(0)) give();
  };
  for (const take of tallies) {
    const give = take();
    if (!give) {
      giveBack();
      return null;
    }
    taken.push(give);
  }
  return giveBack;
}

function createBudget(points: number): (key: string) => Promise<void> {
  if (points === 0) return async () => {};
  const limiter = new RateLimiterMemory({ points, duration: MINUTE_S });
  return async (key) => {
    try {
      await limiter.consume(key);
    } catch (error) {
      throw error instanceof RateLimiterRes ? tooManyRequests(error.msBeforeNext) : error;
    }
  };
}

/** Counts at once, where a promise would let a socket's messages overtake each other. All windows end together. */
function createWindow(max: number): (key: string, units: number) => boolean {
  if (max === 0) return () => true;
  const spent = new Map<string, number>();
  let endsAt = 0;
  return (key, units) => {
    const now = performance.now();
    if (now >= endsAt) {
      spent.clear();
      endsAt = now + MINUTE_S * 1000;
    }
    const sum = (spent.get(key) ?? 0) + units;
    spent.set(key, sum);
    return sum <= max;
  };
}

/** How long to wait for others to end, in seconds. */
const STREAM_RETRY_S = 5;

const tooManyStreams = () => rateLimited("There are too many event streams or sockets open.", STREAM_RETRY_S);

const tooManyRequests = (ms: number) =>
  rateLimited("There were too many requests in the last minute.", Math.max(1, Math.ceil(ms / 1000)));

const rateLimited = (message: string, retryAfter: number) =>
  new GraphQLError(message, {
    extensions: {
      code: "RATE_LIMITED",
      retryAfter,
      http: { status: 429, headers: { "retry-after": String(retryAfter) } },
    },
  });

function createTally(max: number): (key: string) => (() => void) | null {
  const open = new Map<string, number>();
  return (key) => {
    const count = open.get(key) ?? 0;
    if (max > 0 && count >= max) return null;
    open.set(key, count + 1);
    return () => {
      const left = (open.get(key) ?? 1) - 1;
      if (left === 0) open.delete(key);
      else open.set(key, left);
    };
  };
}
