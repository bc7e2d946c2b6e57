const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** A moment of the past as people say it: "5 minutes ago"; a date where it is long ago. */
export function describeTime(iso: string, now = Date.now()): string {
  const ago = now - Date.parse(iso);
  if (ago > 30 * 86_400_000) return new Date(iso).toLocaleDateString("en", { dateStyle: "medium" });
  const [unit, ms] = UNITS.find(([, length]) => ago >= length) ?? [];
  return unit && ms ? relative.format(-Math.floor(ago / ms), unit) : "just now";
}
