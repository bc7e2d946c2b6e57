import { useState } from "react";
import { useServices } from "../app/services.tsx";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/text-field.tsx";
import { useAction } from "../ui/use-action.ts";
import { useSecondsUntil } from "../ui/use-seconds-until.ts";
import css from "./sign-in-page.module.css";
import { useCodes, type SentCode } from "./use-codes.ts";

type Props = { phone: string; sent: SentCode; purpose: "SIGN_IN" | "RESET_PASSWORD"; onBack: () => void };

const DIGITS = 6;

/** The code that was sent; with it a new password, where the old one is forgotten. */
export function CodeForm({ phone, sent: first, purpose, onBack }: Props) {
  const { session } = useServices();
  const sendCode = useCodes(purpose);
  const [sent, setSent] = useState(first);
  const [code, setCode] = useState(first.code ?? "");
  const [newPassword, setNewPassword] = useState("");
  const wait = useSecondsUntil(sent.resendAt);
  const reset = purpose === "RESET_PASSWORD";
  const open = useAction((digits: string) =>
    reset
      ? session.open("reset-password", { phone, code: digits, newPassword })
      : session.open("verify-otp", { phone, code: digits }),
  );
  const resend = useAction(async () => {
    const next = await sendCode(phone);
    setSent(next);
    setCode(next.code ?? "");
  });
  const change = (text: string) => {
    setCode(text);
    if (!reset && text.replaceAll(/\D/g, "").length === DIGITS && code.length < text.length) void open.run(text);
  };
  return (
    <form
      className={css.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void open.run(code);
      }}
    >
      <p className={css.lead}>
        {sent.code === null ? "It is on its way to " : "In development it is filled in: nothing was sent to "}
        <bdi>{phone}</bdi>.
      </p>
      <TextField
        label="Six digits"
        name="code"
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={12}
        dir="ltr"
        code
        autoFocus
        value={code}
        onValueChange={change}
        error={open.error ?? resend.error}
      />
      {reset && (
        <TextField
          label="New password"
          type="password"
          name="new-password"
          autoComplete="new-password"
          hint="At least 8 characters. All your devices are signed out."
          value={newPassword}
          onValueChange={setNewPassword}
        />
      )}
      <Button type="submit" kind="primary" busy={open.busy} disabled={code === "" || (reset && newPassword === "")}>
        {reset ? "Set password and sign in" : "Sign in"}
      </Button>
      <div className={css.ways}>
        <Button kind="link" onClick={onBack}>
          Another number
        </Button>
        <Button kind="link" disabled={wait > 0} busy={resend.busy} onClick={() => void resend.run()}>
          {wait > 0 ? `Another code in ${wait} s` : "Send another code"}
        </Button>
      </div>
    </form>
  );
}
