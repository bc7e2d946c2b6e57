import { expect, test } from "vitest";
import { createRecentEvents } from "./recent-events.ts";

test("what came since a request is written again, the newest of each room", () => {
  const recent = createRecentEvents();
  const written: string[] = [];
  const take = (room: string, event: string) => recent.take(room, () => written.push(event));
  take("a", "a1");
  const again = recent.follow();
  take("b", "b1");
  take("a", "a2");
  take("a", "a3");
  expect(written.splice(0)).toEqual(["a1", "b1", "a2", "a3"]);
  again();
  expect(written.splice(0)).toEqual(["b1", "a3"]);
  recent.follow()();
  expect(written).toEqual([]);
});

test("of many rooms the last hundred are kept", () => {
  const recent = createRecentEvents();
  const again = recent.follow();
  let written = 0;
  for (let n = 0; n < 150; n += 1) recent.take(String(n), () => (written += 1));
  again();
  expect(written).toBe(250);
});
