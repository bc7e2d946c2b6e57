import { FlaskConical } from "lucide-react";
import { Button } from "../ui/button.tsx";
import { useAction } from "../ui/use-action.ts";
import css from "./development-note.module.css";
import { createTestPhone } from "./test-phone.ts";
import { useCodes, type SentCode } from "./use-codes.ts";

type Props = { canStart: boolean; onSent: (phone: string, sent: SentCode) => void };

/** Says that this is development, and gives everybody a way in. */
export function DevelopmentNote({ canStart, onSent }: Props) {
  const sendCode = useCodes("SIGN_IN");
  const start = useAction(async () => {
    const phone = createTestPhone();
    onSent(phone, await sendCode(phone));
  });
  return (
    <aside className={css.note} aria-label="Development">
      <FlaskConical className={css.icon ?? ""} aria-hidden="true" />
      <p className={css.text}>
        <strong>This is development.</strong> Codes are shown here instead of being sent.
      </p>
      {canStart && (
        <Button className={css.button ?? ""} busy={start.busy} onClick={() => void start.run()}>
          New test user
        </Button>
      )}
      {start.error && (
        <p className={css.error} role="alert">
          {start.error}
        </p>
      )}
    </aside>
  );
}
