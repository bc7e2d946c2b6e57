import { builder } from "../../../graphql/builder.ts";
import { MessageRole, MessageStatus } from "../../../generated/prisma/enums.ts";

export const RoleEnum = builder.enumType(MessageRole, {
  name: "MessageRole",
  description: "Which side is speaking.",
  values: {
    USER: { description: "What the person said." },
    ASSISTANT: { description: "What the model answered." },
  },
});

builder.enumType(MessageStatus, {
  name: "MessageStatus",
  description: "How far a message is. A user's message is `COMPLETE` from the start.",
  values: {
    PENDING: { description: "The reply waits; `waitingFor` says for what." },
    STREAMING: { description: "The reply is being written; `replyStream` shows it." },
    COMPLETE: { description: "The text is final." },
    STOPPED: { description: "The user stopped the reply; the text is what had been written by then." },
    BLOCKED: {
      description: "The model's provider refused the prompt or the reply. The message is given back; see `Usage.used`.",
    },
    FAILED: {
      description: "The reply could not be had; `error` says why. The message is given back; see `Usage.used`.",
    },
  },
});
