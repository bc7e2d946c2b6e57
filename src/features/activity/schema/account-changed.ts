import { builder } from "../../../graphql/builder.ts";
import { readAccountEvent } from "../read-account-event.ts";
import { followAccount } from "../follow-account.ts";
import { AccountEvent } from "./account-event.ts";

builder.subscriptionField("accountChanged", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: AccountEvent,
    description:
      "Changes of the signed-in user's account and rooms, on any device, in order. Of several missed changes of the same thing only the last is delivered. An event shows the thing as it is at delivery.",
    args: {
      after: t.arg.string({
        description:
          "Your position: `position` of the last event, also in `extensions.position`. Without it, or when the log does not reach back to it, the first event is an `AccountSnapshot`.",
      }),
    },
    subscribe: (_root, { after }, { app, feeds, viewer }) => followAccount(app, feeds.accounts, viewer, after),
    resolve: (event, _args, { app }) => readAccountEvent(app, event),
  }),
);
