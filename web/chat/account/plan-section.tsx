import { useMutation, useQuery } from "@apollo/client/react";
import { useSearchParams } from "wouter";
import { routes } from "../app/routes.ts";
import { serverFacts } from "../app/server-facts.ts";
import {
  BillingPortalDocument,
  CheckoutDocument,
  UsageDaysDocument,
  type UsageDaysQuery,
} from "../../generated/graphql/graphql.ts";
import { Button } from "../ui/button.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import { useAction } from "../ui/use-action.ts";
import css from "./plan-section.module.css";
import { Actions, Fault, Setting } from "./setting.tsx";
import { UsageBars } from "./usage-bars.tsx";
import { UsageMeter } from "./usage-meter.tsx";

type Me = NonNullable<UsageDaysQuery["me"]>;

export function PlanSection() {
  const me = useQuery(UsageDaysDocument, { fetchPolicy: "cache-and-network" }).data?.me;
  if (!me) return <Skeleton lines={6} />;
  return (
    <>
      <PlanSetting me={me} />
      <Setting title="Today">
        <UsageMeter usage={me.usage} />
      </Setting>
      <Setting title="The last 30 days">
        <UsageBars days={me.usage.days} />
      </Setting>
    </>
  );
}

function PlanSetting({ me: { subscription } }: { me: Me }) {
  const [search] = useSearchParams();
  // What Stripe's page came back with.
  const checkout = search.get("checkout");
  const [buy] = useMutation(CheckoutDocument);
  const [openPortal] = useMutation(BillingPortalDocument);
  const upgrade = useAction(async () => {
    const { data } = await buy({ variables: { input: { returnPath: routes.settings("plan") } } });
    if (data) window.location.assign(data.createCheckoutSession.url);
  });
  const manage = useAction(async () => {
    const { data } = await openPortal();
    if (data) window.location.assign(data.createBillingPortalSession.url);
  });
  const pro = subscription.plan === "PRO";
  return (
    <Setting title="Your plan" text={describePlan(subscription)}>
      <p className={css.plan} data-pro={pro || undefined}>
        {pro ? "Pro" : "Basic"}
      </p>
      {checkout === "success" && !pro && (
        <p className={css.note} role="status">
          Thank you. The plan changes as soon as the payment is confirmed.
        </p>
      )}
      {checkout === "cancelled" && <p className={css.note}>Nothing was bought.</p>}
      <Actions>
        {serverFacts.billing && !pro && (
          <Button kind="primary" busy={upgrade.busy} onClick={() => void upgrade.run()}>
            Upgrade to Pro
          </Button>
        )}
        {serverFacts.billing && subscription.status != null && (
          <Button busy={manage.busy} onClick={() => void manage.run()}>
            Manage the subscription
          </Button>
        )}
      </Actions>
      <Fault>{upgrade.error ?? manage.error}</Fault>
    </Setting>
  );
}

function describePlan({ plan, status, cancelAtPeriodEnd, currentPeriodEnd }: Me["subscription"]): string {
  const until =
    currentPeriodEnd == null ? "" : new Date(currentPeriodEnd).toLocaleDateString("en", { dateStyle: "long" });
  if (status === "PAST_DUE") return "The last payment failed. It is tried again; check the card.";
  if (plan === "PRO" && cancelAtPeriodEnd) return `Pro ends on ${until}.`;
  if (plan === "PRO" && until !== "") return `It is renewed on ${until}.`;
  if (plan === "PRO") return "It was given to you.";
  return serverFacts.billing ? "Pro has more messages a day, and more models." : "Nothing is sold on this server.";
}
