import { expect, test } from "vitest";
import { REPLY_ERRORS, toReplyErrorCode } from "./reply-errors.ts";

test("a code that another release stored has a reason, too", () => {
  expect(toReplyErrorCode("MODEL_TIMEOUT")).toBe("MODEL_TIMEOUT");
  for (const code of ["MODEL_OF_TOMORROW", "toString", ""]) expect(toReplyErrorCode(code)).toBe("OTHER");
  expect(REPLY_ERRORS.OTHER.retryable).toBe(true);
});
