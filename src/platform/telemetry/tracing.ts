import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from "@opentelemetry/api";

export { SpanKind, type Span } from "@opentelemetry/api";

/** What another process goes on from, as W3C's `traceparent` (https://www.w3.org/TR/trace-context/). */
export type TraceParent = string;

export type SpanOptions = Readonly<{
  kind?: SpanKind;
  attributes?: Attributes;
  /** By default the span that is under way. */
  parent?: TraceParent | undefined;
}>;

/** Undefined while nothing is traced: then each of these costs a comparison. */
let tracer: Tracer | undefined;

/** Call it once the SDK is registered. It has a copy of the API of its own, which hands over by a global. */
export function turnTracingOn(): void {
  tracer = trace.getTracer("colloquy");
}

/** Runs work within a span, which ends with it. A failure marks the span. */
export function withSpan<T>(name: string, options: SpanOptions, work: (span: Span | undefined) => T): T {
  if (!tracer) return work(undefined);
  const parent = contextOf(options);
  const span = startSpan(tracer, name, options, parent);
  try {
    const result = context.with(trace.setSpan(parent, span), work, undefined, span);
    if (!(result instanceof Promise)) {
      span.end();
      return result;
    }
    result.then(
      () => span.end(),
      (error: unknown) => failSpan(span, nameOf(error)),
    );
    return result;
  } catch (error) {
    failSpan(span, nameOf(error));
    throw error;
  }
}

/** Begins a span that the caller ends; undefined while nothing is traced. */
export function openSpan(name: string, options: SpanOptions): Span | undefined {
  return tracer && startSpan(tracer, name, options);
}

/** Ends a span of something that has failed. */
export function failSpan(span: Span, errorType: string): void {
  span.setAttribute("error.type", errorType);
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/** The span under way, for another process; undefined while there is none. */
export function currentTraceParent(): TraceParent | undefined {
  if (!tracer) return undefined;
  const carrier: { traceparent?: TraceParent } = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent;
}

/** Runs work that belongs to no span under way. */
export const outsideTraces = <T>(work: () => T): T => (tracer ? context.with(ROOT_CONTEXT, work) : work());

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "_OTHER");

const contextOf = ({ parent }: SpanOptions): Context =>
  parent === undefined ? context.active() : propagation.extract(ROOT_CONTEXT, { traceparent: parent });

function startSpan(from: Tracer, name: string, options: SpanOptions, parent = contextOf(options)): Span {
  const { kind = SpanKind.INTERNAL, attributes = {} } = options;
  return from.startSpan(name, { kind, attributes }, parent);
}
