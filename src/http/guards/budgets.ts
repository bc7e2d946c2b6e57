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
/** So many bytes of an answer cost another request. */
const ANSWER_BYTES_A_REQUEST = 256 * 1024;
/** Bytes of long answers that may wait for the HTTP clients of one user: four of the largest. */
const MAX_WAITING_PER_USER = 32 * 1024 * 1024;
/** The same for one address (IPv6: its /64), behind which there may be many. */
const MAX_WAITING_PER_ADDRESS = 64 * 1024 * 1024;

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
  /** Counts an answer by its bytes, after it is made: too many of them refuse the requests that follow. */
  chargeAnswer(from: Readonly<{ ip: string | null; userId: string | undefined }>, bytes: number): Promise<void>;
  /**
   * Counts an answer that waits for its client over HTTP. What waits for sockets is counted by socket.
   *
   * @returns to be called when nothing of it waits; null when too much waits already
   */
  holdAnswer(from: Readonly<{ ip: string | null; userId: string | undefined }>, bytes: number): (() => void) | null;
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
  const waitingPerAddress = createTally(MAX_WAITING_PER_ADDRESS);
  const waitingPerUser = createTally(MAX_WAITING_PER_USER);
  const openSocket: Budgets["openSocket"] = (from) => {
    if ("userId" in from) return users(from.userId);
    return from.ip === null ? null : addresses(networkOf(from.ip));
  };
  return {
    async takeRequest({ ip, userId }) {
      if (ip === null) throw tooManyRequests(0);
      if (ip !== undefined) await perAddress.take(networkOf(ip));
      if (userId !== undefined) await perUser.take(userId);
    },
    async chargeAnswer({ ip, userId }, bytes) {
      const requests = Math.floor(bytes / ANSWER_BYTES_A_REQUEST);
      if (requests === 0) return;
      if (ip !== null) await perAddress.charge(networkOf(ip), requests);
      if (userId !== undefined) await perUser.charge(userId, requests);
    },
    holdAnswer: ({ ip, userId }, bytes) =>
      takeAll([
        ...(ip === null ? [] : [() => waitingPerAddress(networkOf(ip), bytes)]),
        ...(userId === undefined ? [] : [() => waitingPerUser(userId, bytes)]),
      ]),
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

type Budget = Readonly<{
  /** @throws {GraphQLError} `RATE_LIMITED` */
  take(key: string): Promise<void>;
  /** Spends also what is not there. */
  charge(key: string, points: number): Promise<unknown>;
}>;

function createBudget(points: number): Budget {
  if (points === 0) return { take: async () => {}, charge: async () => {} };
  const limiter = new RateLimiterMemory({ points, duration: MINUTE_S });
  return {
    async take(key) {
      try {
        await limiter.consume(key);
      } catch (error) {
        throw error instanceof RateLimiterRes ? tooManyRequests(error.msBeforeNext) : error;
      }
    },
    charge: (key, spent) => limiter.penalty(key, spent),
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

/** @returns takes some of what there is for a key, and gives it back once */
function createTally(max: number): (key: string, units?: number) => (() => void) | null {
  const open = new Map<string, number>();
  return (key, units = 1) => {
    const taken = (open.get(key) ?? 0) + units;
    if (max > 0 && taken > max) return null;
    open.set(key, taken);
    return () => {
      const left = (open.get(key) ?? units) - units;
      if (left === 0) open.delete(key);
      else open.set(key, left);
    };
  };
}
