import { QueuePause } from "../../../generated/prisma/enums.ts";
import { builder } from "../../../graphql/builder.ts";
import { perRequest } from "../../../graphql/per-request.ts";
import { createQueueLoader } from "../load-queues.ts";
import { MAX_QUEUED } from "../queued-message.ts";
import { MessageType } from "./message.ts";

const queuesOf = perRequest(({ app }) => createQueueLoader(app));

const QueuePauseEnum = builder.enumType(QueuePause, {
  name: "QueuePause",
  description: "Why a room's queue waits for `resumeQueue`.",
  values: {
    STOPPED: { description: "The user stopped the reply before it, or deleted the room and restored it." },
    FAILED: {
      description:
        "The reply before it failed, or the branch has as many messages as it may. Its `retryReply` resumes the queue as well.",
    },
    BLOCKED: { description: "The reply before it was blocked. Its `retryReply` resumes the queue as well." },
    QUOTA: { description: "The day's messages, or what replies may cost in a day, are used up." },
    MODEL: {
      description: "The plan no longer covers the model of the queue's first message: `updateQueued` gives it another.",
    },
    LIMIT: { description: "The active branch is as long as it may be: select a shorter one, or fork the room." },
  },
});

builder.prismaObjectFields("Chatroom", (t) => ({
  queue: t.field({
    type: [MessageType],
    description: `The messages that were sent while a reply was running, in the order in which they are taken up, at most ${MAX_QUEUED}. Each follows the message that is last on the active branch by then.`,
    resolve: (room, _args, context) => queuesOf(context).load(room),
  }),
  queuePausedBecause: t.expose("queuePausedBecause", {
    type: QueuePauseEnum,
    nullable: true,
    description: "Why the queue does not go on by itself; null for a queue that does, and without a queue.",
  }),
}));
