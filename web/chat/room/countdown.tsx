import { useSecondsUntil } from "../ui/use-seconds-until.ts";

/** "in 12 s", until it is time. */
export function Countdown({ until }: { until: string }) {
  const seconds = useSecondsUntil(Date.parse(until));
  return <span>{seconds > 0 ? `in ${seconds} s` : "now"}</span>;
}
