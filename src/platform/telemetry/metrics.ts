import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/**
 * The figures of one process, as Prometheus reads them. Labels have few values, which the schema, the catalogue of models
 * or the code bounds: never a user, a room or a text.
 */
export type Metrics = Readonly<{
  /** @param name ends with `_total` */
  counter<Label extends string>(name: string, help: string, labels: readonly Label[]): Counter<Label>;
  /** @param buckets upper bounds, in the unit of the name */
  histogram<Label extends string>(
    name: string,
    help: string,
    options: { labels: readonly Label[]; buckets: readonly number[] },
  ): Histogram<Label>;
  /** A figure that is read when it is asked for. A read that fails leaves it out. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void;
  /** The same for each value of one label. */
  gauges(name: string, help: string, options: { label: string; read: () => Readings | Promise<Readings> }): void;
  /** Adds the figures of Node.js itself: event loop, garbage, memory, CPU. */
  watchRuntime(): void;
  /** Everything, in the text format of Prometheus. */
  text(): Promise<string>;
  contentType: string;
}>;

type Readings = Readonly<Record<string, number>>;

/** From a cached read to a request that is about to time out, in seconds. */
export const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** From a small reply to a long one, in seconds. */
export const MODEL_BUCKETS = [0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300];
/** Round trips within a data centre, in seconds. */
export const ROUND_TRIP_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/** Figures of one kind, declared once for each process however often they are asked for. */
export function declareOnce<T>(declare: (metrics: Metrics) => T): (metrics: Metrics) => T {
  const declared = new WeakMap<Metrics, { figures: T }>();
  return (metrics) => {
    const known = declared.get(metrics) ?? { figures: declare(metrics) };
    declared.set(metrics, known);
    return known.figures;
  };
}

/** Opens nothing. Figures are counted whether or not they are served. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const gauges: Metrics["gauges"] = (name, help, { label, read }) => {
    void new Gauge({
      name,
      help,
      labelNames: [label],
      registers,
      async collect() {
        this.reset();
        const readings = await Promise.resolve(read()).catch(() => ({}));
        for (const [value, reading] of Object.entries(readings)) this.set({ [label]: value }, reading);
      },
    });
  };
  return {
    counter: (name, help, labels) => new Counter({ name, help, labelNames: labels, registers }),
    histogram: (name, help, { labels, buckets }) =>
      new Histogram({ name, help, labelNames: labels, buckets: [...buckets], registers }),
    gauge(name, help, read) {
      void new Gauge({
        name,
        help,
        registers,
        async collect() {
          const reading = await Promise.resolve(read()).catch(() => Number.NaN);
          this.set(reading);
        },
      });
    },
    gauges,
    watchRuntime: () => collectDefaultMetrics({ register: registry }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
