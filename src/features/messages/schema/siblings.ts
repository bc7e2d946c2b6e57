import { builder } from "../../../graphql/builder.ts";
import { perRequest } from "../../../graphql/per-request.ts";
import { createSiblingsLoader, SIBLINGS_COLUMNS, type Siblings } from "../load-siblings.ts";

const siblingsOf = perRequest(({ app }) => createSiblingsLoader(app));

const SiblingsType = builder.objectRef<Siblings>("Siblings").implement({
  description: "Where a message stands among those that follow the same message, itself included, oldest first.",
  fields: (t) => ({
    index: t.exposeInt("index", { description: "Its place, from 0 on." }),
    total: t.exposeInt("total", { description: "How many there are: 1 for a message that is alone." }),
    previousId: t.exposeID("previousId", {
      nullable: true,
      description: "The one before it, for `selectBranch`; null for the first.",
    }),
    nextId: t.exposeID("nextId", {
      nullable: true,
      description: "The one after it, for `selectBranch`; null for the last.",
    }),
  }),
});

builder.prismaObjectField("Message", "siblings", (t) =>
  t.field({
    type: SiblingsType,
    extensions: { columns: SIBLINGS_COLUMNS },
    description:
      "The other versions of this message: `editMessage` makes one of a question, `regenerateReply` one of a reply. A queued message has none.",
    resolve: (message, _args, context) => siblingsOf(context).load(message),
  }),
);
