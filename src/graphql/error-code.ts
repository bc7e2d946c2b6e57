import { ERROR_CODES, type ErrorCode } from "../errors.ts";
import { builder } from "./builder.ts";

/** No field has this type: it gives typed clients the names in `errors[].extensions.code`. */
builder.enumType("ErrorCode", {
  description:
    "What `errors[].extensions.code` may be; details that a code names are beside it. Later releases may add values.",
  values: Object.fromEntries(
    Object.entries(ERROR_CODES).map(([code, description]) => [code, { description }]),
  ) as Record<ErrorCode, { description: string }>,
});
