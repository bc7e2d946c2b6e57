import { builder } from "../../../graphql/builder.ts";
import { resumeQueue, type ResumedQueue } from "../resume-queue.ts";
import { roomOf } from "../room-of.ts";

const ResumeQueuePayload = builder.objectRef<ResumedQueue>("ResumeQueuePayload").implement({
  description: "The room whose queue goes on, and what was taken up.",
  fields: (t) => ({
    chatroom: t.prismaField({
      type: "Chatroom",
      description: "The room as it is now.",
      resolve: (_query, { chatroomId }, _args, { app }) => roomOf(app, chatroomId),
    }),
    message: t.expose("message", {
      type: "Message",
      nullable: true,
      description:
        "The first message of the queue; null when it waits for a reply that is running, and without a queue.",
    }),
    reply: t.expose("reply", {
      type: "Message",
      nullable: true,
      description: "Its reply, still empty: follow it with `replyStream`.",
    }),
  }),
});

builder.mutationField("resumeQueue", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: ResumeQueuePayload,
    description:
      "Lets a queue go on that was paused; a repeat changes nothing. Fails with `MODEL_NOT_ALLOWED`, `QUOTA_EXCEEDED` or `LIMIT_EXCEEDED` when its first message cannot be answered, and then the queue stays paused.",
    args: { chatroomId: t.arg.id({ required: true, description: "The room of the queue." }) },
    resolve: (_root, { chatroomId }, { app, viewer }) => resumeQueue(app, viewer.userId, chatroomId),
  }),
);
