import type { Chatroom } from "../../../generated/prisma/client.ts";
import { countText } from "../../../graphql/answer-size.ts";
import { builder } from "../../../graphql/builder.ts";
import type { RequestContext } from "../../../graphql/context.ts";
import { LONG_TEXT } from "../../../graphql/operation-limits.ts";
import { perRequest } from "../../../graphql/per-request.ts";
import type { ListedRoom } from "../list-chatrooms.ts";
import { PREVIEW_LENGTH } from "../preview-of.ts";
import { createHeadLoader, type RoomHead } from "../read-room-heads.ts";
import { isUnread } from "../unread.ts";
import { titleSourceOf } from "../title.ts";

const headsOf = perRequest(({ app }) => createHeadLoader(app));

/** What a field looks at, so that a list need not read all columns. */
type Columns = (keyof Chatroom)[];

/** A list brings the heads of its rooms along: then nothing is waited for. */
const ofHead = <T>(room: Chatroom | ListedRoom, context: RequestContext, read: (head: RoomHead) => T): T | Promise<T> =>
  "head" in room ? read(room.head) : headsOf(context).load(room).then(read);

const TitleSource = builder.enumType("TitleSource", {
  description: "Who gave a room its title.",
  values: {
    PERSON: { description: "The user: nothing but the user changes it." },
    GENERATED: { description: "The server: a model found it for the first message." },
    FALLBACK: {
      description:
        "Nobody: it is the first words of the first message, or what every room is called in which nothing was said. A better one may follow, while the first reply is written.",
    },
  } as const,
});

export const ChatroomType = builder.prismaObject("Chatroom", {
  description: "A conversation with the model.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "Identifies the room." }),
    title: t.exposeString("title", { description: "What the room is called." }),
    titleSource: t.field({
      type: TitleSource,
      extensions: { columns: ["title", "titleSource"] satisfies Columns },
      description: "Who gave it this title.",
      resolve: titleSourceOf,
    }),
    systemPrompt: t.string({
      nullable: true,
      complexity: LONG_TEXT,
      description: "The instructions that the model gets before the conversation.",
      resolve: ({ systemPrompt }, _args, context) => countText(systemPrompt, context),
    }),
    modelId: t.exposeID("model", {
      nullable: true,
      description: "The model that was chosen for this room; null for the default of the day.",
    }),
    pinnedAt: t.expose("pinnedAt", {
      type: "DateTime",
      nullable: true,
      description: "When the user pinned the room; null for one that is not pinned.",
    }),
    archivedAt: t.expose("archivedAt", {
      type: "DateTime",
      nullable: true,
      description: "When the user archived the room; null for one that is not in the archive.",
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When the room was opened." }),
    lastMessageAt: t.expose("lastMessageAt", {
      type: "DateTime",
      description: "The time of the last message; rooms are sorted by it.",
    }),
    position: t.string({
      extensions: { columns: ["seq"] satisfies Columns },
      description:
        "How far the room's log goes, a number: as far as the greatest `Message.position` in it, and one further for each deletion. A client that has taken in less has missed messages, or their deletion.",
      resolve: ({ seq }) => String(seq),
    }),
    unread: t.boolean({
      extensions: { columns: ["replySeq", "readSeq"] satisfies Columns },
      description:
        "Whether a reply has ended that the user has not seen, as `markRead` says. A message that the user sends is seen, and all before it; so is a reply that the user stops.",
      resolve: isUnread,
    }),
    lastMessagePreview: t.string({
      nullable: true,
      extensions: { columns: ["id"] satisfies Columns },
      description: `The beginning of the last message on the active branch, at most ${PREVIEW_LENGTH} characters (grapheme clusters) in one line, without leading blanks; null in an empty room.`,
      resolve: (room, _args, context) => ofHead(room, context, ({ lastMessagePreview }) => lastMessagePreview),
    }),
    activeReply: t.field({
      type: "Message",
      nullable: true,
      extensions: { columns: ["id"] satisfies Columns },
      description: "The reply that is pending or streaming; follow it with `replyStream`.",
      resolve: (room, _args, context) => ofHead(room, context, ({ activeReply }) => activeReply),
    }),
  }),
});
