import autocannon from "autocannon";
import type { Requests } from "./requests.ts";

export type Load = Readonly<{
  /** Answered requests, and the seconds they took. */
  answered: number;
  seconds: number;
  /** Milliseconds each of them took, sorted. */
  times: readonly number[];
}>;

/** Of one server. */
export const CONNECTIONS = 50;

/**
 * Has 50 connections ask, each again as soon as it is answered.
 *
 * @throws when an answer is missing, or is not what was asked for
 */
export async function load(port: number, requests: Requests, seconds: number): Promise<Load> {
  const { next, supply } = requests;
  const times: number[] = [];
  let start = performance.now();
  let end = start;
  let unexpected: string | undefined;
  const options: autocannon.Options = {
    url: `http://127.0.0.1:${port}`,
    connections: CONNECTIONS,
    duration: seconds,
    sampleInt: 100,
    ...(supply !== undefined && { maxOverallRequests: supply }),
    requests: [{ setupRequest: () => addHost(next(), port) }],
    verifyBody(body) {
      const right = isRight(String(body));
      if (!right) unexpected ??= String(body);
      return right;
    },
  };
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const instance = autocannon(options, (error: Error | null, done) => (error ? reject(error) : resolve(done)));
    instance.once("start", () => (start = performance.now()));
    instance.on("response", (_client, _status, _bytes, time) => {
      times.push(time);
      end = performance.now();
    });
  });
  const faults = result.errors + result.timeouts + result.non2xx + result.mismatches;
  if (faults > 0) throw new Error(`${faults} of ${times.length} requests failed, the first: ${unexpected ?? "?"}`);
  return { answered: times.length, seconds: (end - start) / 1_000, times: times.toSorted((a, b) => a - b) };
}

const isRight = (body: string): boolean => body.startsWith("{") && !body.includes('"errors"');

/** autocannon does so by itself only for what it prepares once. */
const addHost = (request: autocannon.Request, port: number): autocannon.Request => ({
  ...request,
  headers: { host: `127.0.0.1:${port}`, ...request.headers },
});
