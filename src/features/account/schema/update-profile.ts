import { builder } from "../../../graphql/builder.ts";
import { updateProfile } from "../update-profile.ts";

const UpdateProfileInput = builder.inputType("UpdateProfileInput", {
  description: "What to change; what is left out stays as it is.",
  fields: (t) => ({
    name: t.string({
      description:
        "What the person wants to be called: one line of at most 100 characters (Unicode code points); null removes it.",
    }),
    timeZone: t.string({
      description:
        "Where the person's days end at midnight: a name of the IANA database, such as `Europe/Berlin`; null for UTC. The present day of the quota ends no earlier than it was to end before.",
    }),
  }),
});

builder.mutationField("updateProfile", (t) =>
  t.withAuth({ signedIn: true }).prismaField({
    type: "User",
    description: "Changes what the person has said of themselves.",
    args: { input: t.arg({ type: UpdateProfileInput, required: true, description: "What to change." }) },
    resolve: (_query, _root, { input }, { app, viewer }) => updateProfile(app, viewer.userId, input),
  }),
);
