import { ChevronDown } from "lucide-react";
import { useId } from "react";
import { Button } from "../ui/button.tsx";
import css from "./time-zone-field.module.css";

const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const ZONES = [...new Set(["UTC", HERE, ...Intl.supportedValuesOf("timeZone")])];

type Props = { value: string; onChange: (zone: string) => void };

export function TimeZoneField({ value, onChange }: Props) {
  const id = useId();
  return (
    <div className={css.field}>
      <label className={css.label} htmlFor={id}>
        Time zone
      </label>
      <span className={css.frame}>
        <select id={id} className={css.select} value={value} onChange={(event) => onChange(event.target.value)}>
          {[...new Set([...ZONES, value])].toSorted().map((zone) => (
            <option key={zone} value={zone}>
              {zone.replaceAll("_", " ")}
            </option>
          ))}
        </select>
        <ChevronDown className={css.icon} aria-hidden="true" />
      </span>
      <p className={css.hint}>At its midnight a new day of messages begins.</p>
      {value !== HERE && (
        <Button kind="link" className={css.here ?? ""} onClick={() => onChange(HERE)}>
          Use this device’s: {HERE.replaceAll("_", " ")}
        </Button>
      )}
    </div>
  );
}
