import { PasswordSetting } from "./password-setting.tsx";
import { SecurityEvents } from "./security-events.tsx";
import { SessionsSetting } from "./sessions-setting.tsx";

export const SecuritySection = () => (
  <>
    <SessionsSetting />
    <PasswordSetting />
    <SecurityEvents />
  </>
);
