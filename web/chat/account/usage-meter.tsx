import { Meter } from "@base-ui/react/meter";
import type { AccountFragment } from "../../generated/graphql/graphql.ts";
import { useNow } from "../ui/use-now.ts";
import css from "./usage-meter.module.css";

/** How much of the day's messages is used, and until when. */
export function UsageMeter({ usage: { used, limit, resetsAt } }: { usage: AccountFragment["usage"] }) {
  const over = useNow(30_000) >= Date.parse(resetsAt);
  const today = over ? 0 : used;
  if (limit == null) return <p className={css.text}>{count(today)} messages. There is no limit.</p>;
  const reset = new Date(resetsAt).toLocaleTimeString("en", { timeStyle: "short" });
  return (
    <Meter.Root
      className={css.meter}
      value={Math.min(today, limit)}
      max={limit}
      getAriaValueText={() => `${today} of ${limit}`}
    >
      <Meter.Label className={css.text}>
        {count(today)} of {count(limit)} messages
      </Meter.Label>
      <Meter.Track className={css.track}>
        <Meter.Indicator className={css.bar} data-full={today >= limit || undefined} />
      </Meter.Track>
      <p className={css.text}>{over ? "A new day has begun." : `It begins anew at ${reset}.`}</p>
    </Meter.Root>
  );
}

const count = (number: number): string => number.toLocaleString("en");
