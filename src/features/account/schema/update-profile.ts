import { builder } from "../../../graphql/builder.ts";
import { updateProfile } from "../update-profile.ts";

const UpdateProfileInput = builder.inputType("UpdateProfileInput", {
  description: "The fields to change; omitted fields stay as they are.",
  fields: (t) => ({
    name: t.string({
      description: "The person's name: one line of at most 100 characters (Unicode code points); null removes it.",
    }),
    timeZone: t.string({
      description:
        "The time zone at whose midnight the person's days end: an IANA time zone, such as `Europe/Berlin`; null for UTC. The present day of the quota never ends earlier for a change.",
    }),
  }),
});

builder.mutationField("updateProfile", (t) =>
  t.withAuth({ signedIn: true }).prismaField({
    type: "User",
    description: "Changes the user's profile.",
    args: { input: t.arg({ type: UpdateProfileInput, required: true, description: "What to change." }) },
    resolve: (_query, _root, { input }, { app, viewer }) => updateProfile(app, viewer.userId, input),
  }),
);
