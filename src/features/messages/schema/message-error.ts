import { builder } from "../../../graphql/builder.ts";

export const MessageError = builder
  .objectRef<{ code: string; message: string; retryAt: Date | null }>("MessageError")
  .implement({
    description: "Why a reply failed or was blocked.",
    fields: (t) => ({
      code: t.exposeString("code", { description: "A stable name for the fault, such as `MODEL_TIMEOUT`." }),
      message: t.exposeString("message", { description: "The fault in words." }),
      retryable: t.boolean({
        description: "Whether asking again may succeed.",
        resolve: (error) => !FINAL_ERRORS.has(error.code),
      }),
      retryAt: t.expose("retryAt", {
        type: "DateTime",
        nullable: true,
        description: "When a retry may succeed, for example after `MODEL_QUOTA`; null when the provider names no time.",
      }),
    }),
  });

const FINAL_ERRORS = new Set([
  "MODEL_BLOCKED",
  "MODEL_TOO_LONG",
  "MODEL_REJECTED",
  "MODEL_RETIRED",
  "MODEL_UNAUTHORIZED",
  "MODEL_UNREADABLE",
]);
