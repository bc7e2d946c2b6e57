import { builder } from "../../../graphql/builder.ts";
import { REPLY_ERRORS, toReplyErrorCode } from "../reply-errors.ts";

const ReplyErrorCodeEnum = builder.enumType("ReplyErrorCode", {
  description: "Why a reply failed or was blocked. Later releases may add values.",
  values: REPLY_ERRORS,
});

export const MessageError = builder
  .objectRef<{ code: string; message: string; retryAt: Date | null }>("MessageError")
  .implement({
    description: "Why a reply failed or was blocked.",
    fields: (t) => ({
      code: t.exposeString("code", { description: "A stable name for the fault, such as `MODEL_TIMEOUT`." }),
      reason: t.field({
        type: ReplyErrorCodeEnum,
        description: "The same as `code`, as an enum for typed clients.",
        resolve: ({ code }) => toReplyErrorCode(code),
      }),
      message: t.exposeString("message", { description: "The fault in words." }),
      retryable: t.boolean({
        description: "Whether asking again may succeed.",
        resolve: ({ code }) => REPLY_ERRORS[toReplyErrorCode(code)].retryable,
      }),
      retryAt: t.expose("retryAt", {
        type: "DateTime",
        nullable: true,
        description: "When a retry may succeed, for example after `MODEL_QUOTA`; null when the provider names no time.",
      }),
    }),
  });
