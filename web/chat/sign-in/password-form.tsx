import { useState } from "react";
import { useServices } from "../app/services.tsx";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/text-field.tsx";
import { useAction } from "../ui/use-action.ts";
import css from "./sign-in-page.module.css";
import { useCodes, type SentCode } from "./use-codes.ts";

type Props = {
  phone: string;
  onPhone: (phone: string) => void;
  onReset: (phone: string, sent: SentCode) => void;
  onBack: () => void;
};

export function PasswordForm({ phone, onPhone, onReset, onBack }: Props) {
  const { session } = useServices();
  const [password, setPassword] = useState("");
  const sendCode = useCodes("RESET_PASSWORD");
  const signIn = useAction(() => session.open("sign-in", { phone, password }));
  const reset = useAction(async () => onReset(phone, await sendCode(phone)));
  return (
    <form
      className={css.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        reset.clear();
        void signIn.run();
      }}
    >
      <TextField
        label="Phone number"
        type="tel"
        name="phone"
        autoComplete="username"
        placeholder="+1 202 555 0143"
        dir="ltr"
        autoFocus={phone === ""}
        value={phone}
        onValueChange={onPhone}
      />
      <TextField
        label="Password"
        type="password"
        name="password"
        autoComplete="current-password"
        autoFocus={phone !== ""}
        value={password}
        onValueChange={setPassword}
        error={signIn.error ?? reset.error}
      />
      <Button type="submit" kind="primary" busy={signIn.busy} disabled={phone.trim() === "" || password === ""}>
        Sign in
      </Button>
      <div className={css.ways}>
        <Button kind="link" onClick={onBack}>
          Use a code instead
        </Button>
        <Button kind="link" disabled={phone.trim() === ""} onClick={() => void reset.run()}>
          Forgot the password?
        </Button>
      </div>
    </form>
  );
}
