import { useState } from "react";
import { serverFacts } from "../app/server-facts.ts";
import { Logo } from "../ui/logo.tsx";
import { CodeForm } from "./code-form.tsx";
import { DevelopmentNote } from "./development-note.tsx";
import { PasswordForm } from "./password-form.tsx";
import { PhoneForm } from "./phone-form.tsx";
import css from "./sign-in-page.module.css";
import type { SentCode } from "./use-codes.ts";

type Step =
  | { name: "phone" }
  | { name: "password" }
  | { name: "code"; phone: string; sent: SentCode; purpose: "SIGN_IN" | "RESET_PASSWORD" };

/** The way in: a number and its code, or its password. */
export function SignInPage() {
  const [phone, setPhone] = useState("");
  const [step, setStep] = useState<Step>({ name: "phone" });
  const toCode = (purpose: "SIGN_IN" | "RESET_PASSWORD") => (number: string, sent: SentCode) =>
    setStep({ name: "code", phone: number, sent, purpose });
  return (
    <main className={css.page}>
      <div className={css.card}>
        <header className={css.head}>
          <Logo size={44} />
          <h1 className={css.title}>{TITLES[step.name]}</h1>
        </header>
        {step.name === "phone" && (
          <PhoneForm
            phone={phone}
            onPhone={setPhone}
            onSent={toCode("SIGN_IN")}
            onPassword={() => setStep({ name: "password" })}
          />
        )}
        {step.name === "password" && (
          <PasswordForm
            phone={phone}
            onPhone={setPhone}
            onReset={toCode("RESET_PASSWORD")}
            onBack={() => setStep({ name: "phone" })}
          />
        )}
        {step.name === "code" && <CodeForm {...step} onBack={() => setStep({ name: "phone" })} />}
      </div>
      {serverFacts.development && <DevelopmentNote canStart={step.name !== "code"} onSent={toCode("SIGN_IN")} />}
    </main>
  );
}

const TITLES = { phone: "Sign in to Colloquy", password: "Sign in to Colloquy", code: "Enter the code" };
