import { builder } from "../../../graphql/builder.ts";
import { followAccount } from "../follow-account.ts";
import { AccountEvent } from "./account-event.ts";

builder.subscriptionField("accountChanged", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: AccountEvent,
    description:
      "What happens to the signed-in user's account, on whichever device, in order. Of several changes of one thing that were missed only the last one comes, and an event tells how the thing is when it is delivered.",
    args: {
      after: t.arg.string({
        description:
          "Where you stand: `position` of the last event, which is `extensions.position` as well. Without it, or when the log does not reach back to it, the first event is an `AccountSnapshot`.",
      }),
    },
    subscribe: (_root, { after }, { app, feeds, viewer }) => followAccount(app, feeds.accounts, viewer, after),
    resolve: (event) => event,
  }),
);
