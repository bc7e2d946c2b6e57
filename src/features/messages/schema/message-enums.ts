import { builder } from "../../../graphql/builder.ts";
import { MessageRole, MessageStatus } from "../../../generated/prisma/enums.ts";

export const RoleEnum = builder.enumType(MessageRole, {
  name: "MessageRole",
  description: "Who wrote the message.",
  values: {
    USER: { description: "The user wrote it." },
    ASSISTANT: { description: "The model wrote it." },
  },
});

builder.enumType(MessageStatus, {
  name: "MessageStatus",
  description: "The progress of a message. A user's message is `COMPLETE` from the start, unless it was queued.",
  values: {
    QUEUED: {
      description:
        "The message waits in its room's queue until the reply has ended: it has no `parent`, stands in no list but `Chatroom.queue`, and then becomes `COMPLETE` with the same id.",
    },
    PENDING: { description: "The reply waits; `waitingFor` names for what." },
    STREAMING: { description: "The reply is being written; `replyStream` shows it." },
    COMPLETE: { description: "The text is final." },
    STOPPED: { description: "The user stopped the reply; the text is what the model wrote until then." },
    BLOCKED: {
      description:
        "The model's provider refused the prompt or the reply. The message does not count against the quota; see `Usage.used`.",
    },
    FAILED: {
      description:
        "The reply failed; `error` gives the reason. The message does not count against the quota; see `Usage.used`.",
    },
  },
});
