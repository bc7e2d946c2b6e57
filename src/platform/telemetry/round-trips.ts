import { ROUND_TRIP_BUCKETS, type Metrics } from "./metrics.ts";

/** The smallest question to each service, by its name. */
export type Probes = Readonly<Record<string, () => Promise<unknown>>>;

const PROBE_INTERVAL_MS = 5_000;

/**
 * Asks each service from time to time, and notes how long its answer takes: with it the time that the question waits for a
 * connection.
 *
 * @returns stops it
 */
export function watchRoundTrips(metrics: Metrics, probes: Probes): () => void {
  const times = metrics.histogram(
    "colloquy_round_trip_seconds",
    "The smallest question to a service, every few seconds.",
    {
      labels: ["service"],
      buckets: ROUND_TRIP_BUCKETS,
    },
  );
  const failures = metrics.counter("colloquy_round_trip_failures_total", "Such questions that failed.", ["service"]);
  const asking = new Set<string>();

  function ask(service: string, probe: () => Promise<unknown>): void {
    // One at a time: a service that is away gets no queue of them.
    if (asking.has(service)) return;
    asking.add(service);
    const stop = times.startTimer({ service });
    probe()
      .then(
        () => stop(),
        () => failures.inc({ service }),
      )
      .finally(() => asking.delete(service))
      .catch(() => {});
  }

  const askAll = () => {
    for (const [service, probe] of Object.entries(probes)) ask(service, probe);
  };
  for (const service of Object.keys(probes)) failures.inc({ service }, 0);
  askAll();
  const timer = setInterval(askAll, PROBE_INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
