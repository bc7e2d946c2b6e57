export { createEventStreams, type EventStreamOptions } from "./live/event-streams.ts";
export { watchOnOneStream, type OneStream, type OneStreamWatcher } from "./live/one-stream.ts";
