import { Radio } from "@base-ui/react/radio";
import { RadioGroup } from "@base-ui/react/radio-group";
import { Monitor, Moon, Sun } from "lucide-react";
import { useId, useState } from "react";
import { readTheme, storeTheme, THEMES, type Theme } from "../app/theme.ts";
import css from "./appearance-section.module.css";
import { Setting } from "./setting.tsx";

const LOOKS = {
  system: { label: "As the device", Icon: Monitor },
  light: { label: "Light", Icon: Sun },
  dark: { label: "Dark", Icon: Moon },
};

export function AppearanceSection() {
  const [theme, setTheme] = useState<Theme>(readTheme);
  const id = useId();
  return (
    <Setting title="Colours" text="On this device.">
      <RadioGroup
        className={css.group}
        aria-label="Colours"
        value={theme}
        onValueChange={(next) => {
          const chosen = THEMES.find((each) => each === next) ?? "system";
          storeTheme(chosen);
          setTheme(chosen);
        }}
      >
        {THEMES.map((each) => {
          const { label, Icon } = LOOKS[each];
          return (
            <Radio.Root key={each} value={each} className={css.choice} aria-labelledby={`${id}-${each}`}>
              <Icon aria-hidden="true" />
              <span id={`${id}-${each}`}>{label}</span>
            </Radio.Root>
          );
        })}
      </RadioGroup>
    </Setting>
  );
}
