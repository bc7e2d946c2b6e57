import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/text-field.tsx";
import { useAction } from "../ui/use-action.ts";
import css from "./sign-in-page.module.css";
import { useCodes, type SentCode } from "./use-codes.ts";

type Props = {
  phone: string;
  onPhone: (phone: string) => void;
  onSent: (phone: string, sent: SentCode) => void;
  onPassword: () => void;
};

export function PhoneForm({ phone, onPhone, onSent, onPassword }: Props) {
  const sendCode = useCodes("SIGN_IN");
  const send = useAction(async () => onSent(phone, await sendCode(phone)));
  return (
    <form
      className={css.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void send.run();
      }}
    >
      <TextField
        label="Phone number"
        type="tel"
        name="phone"
        autoComplete="tel"
        placeholder="+1 202 555 0143"
        dir="ltr"
        autoFocus
        required
        value={phone}
        onValueChange={onPhone}
        error={send.error}
        hint="With the country's code. We send you a code by text message."
      />
      <Button type="submit" kind="primary" busy={send.busy} disabled={phone.trim() === ""}>
        Continue
      </Button>
      <div className={css.ways}>
        <Button kind="link" onClick={onPassword}>
          Sign in with a password
        </Button>
      </div>
    </form>
  );
}
