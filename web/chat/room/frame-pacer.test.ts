import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createFramePacer } from "./frame-pacer.ts";

let frames: FrameRequestCallback[] = [];
beforeEach(() => {
  vi.useFakeTimers();
  frames = [];
  vi.stubGlobal("requestAnimationFrame", (callback: FrameRequestCallback) => frames.push(callback));
  vi.stubGlobal("cancelAnimationFrame", () => (frames = []));
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** The browser's next frame, at that time. */
const frame = (now: number) => frames.splice(0).forEach((callback) => callback(now));

test("draws once a frame, however often it is asked to", () => {
  const draw = vi.fn<() => void>();
  const { request } = createFramePacer(draw);
  for (let turn = 0; turn < 3; turn += 1) request();
  frame(0);
  expect(draw).toHaveBeenCalledTimes(1);
  request();
  frame(16);
  expect(draw).toHaveBeenCalledTimes(2);
  frame(32);
  frame(48);
  expect(draw).toHaveBeenCalledTimes(2);
  request();
  frame(64);
  expect(draw).toHaveBeenCalledTimes(3);
});

test("leaves frames free after a slow one, and draws what came meanwhile", () => {
  const draw = vi.fn<() => void>();
  const { request } = createFramePacer(draw);
  request();
  frame(0);
  request();
  frame(50);
  request();
  frame(66);
  expect(draw).toHaveBeenCalledTimes(1);
  vi.runAllTimers();
  frame(366);
  expect(draw).toHaveBeenCalledTimes(2);
});

test("draws nothing after it was stopped", () => {
  const draw = vi.fn<() => void>();
  const { request, stop } = createFramePacer(draw);
  request();
  stop();
  frame(0);
  expect(draw).not.toHaveBeenCalled();
});
