import { expect, test } from "vitest";
import { LiveTextWire } from "./events.ts";

test("the word of the release before for `changed` is still read", () => {
  for (const kind of ["changed", "ended"]) {
    expect(LiveTextWire.parse({ kind, attempt: 3 })).toEqual({ kind: "changed", attempt: 3 });
  }
});
