import { useMutation, useQuery } from "@apollo/client/react";
import { useState } from "react";
import { refusalOf } from "../connection/describe-error.ts";
import { ChangePasswordDocument, MeDocument } from "../../generated/graphql/graphql.ts";
import { useCodes } from "../sign-in/use-codes.ts";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/text-field.tsx";
import { useToast } from "../ui/toasts.tsx";
import { useAction } from "../ui/use-action.ts";
import { Actions, Fault, FormRows, Setting } from "./setting.tsx";

/** What the server wants beside the new password: it says so by the field that is missing. */
type Proof = "nothing" | "currentPassword" | "code";

export function PasswordSetting() {
  const phone = useQuery(MeDocument).data?.me?.phone ?? "";
  const [newPassword, setNewPassword] = useState("");
  const [proof, setProof] = useState<Proof>("nothing");
  const [proven, setProven] = useState("");
  const [changePassword] = useMutation(ChangePasswordDocument);
  const sendCode = useCodes("RESET_PASSWORD");
  const toast = useToast();

  const save = useAction(async () => {
    try {
      await changePassword({ variables: { input: { newPassword, ...(proof !== "nothing" && { [proof]: proven }) } } });
    } catch (error) {
      const missing = refusalOf(error)?.details["field"];
      if (proof !== "nothing" || (missing !== "currentPassword" && missing !== "code")) throw error;
      setProven(missing === "code" ? ((await sendCode(phone)).code ?? "") : "");
      setProof(missing);
      return;
    }
    setNewPassword("");
    setProven("");
    setProof("nothing");
    toast({ text: "The password is set. All other devices are signed out." });
  });

  return (
    <Setting title="Password" text="A second way in, beside the code. All other devices are signed out by a new one.">
      <FormRows onSubmit={() => void save.run()}>
        <input type="hidden" name="username" autoComplete="username" value={phone} />
        <TextField
          label="New password"
          type="password"
          autoComplete="new-password"
          hint="At least 8 characters."
          value={newPassword}
          onValueChange={setNewPassword}
        />
        {proof === "currentPassword" && (
          <TextField
            label="Present password"
            type="password"
            autoComplete="current-password"
            autoFocus
            value={proven}
            onValueChange={setProven}
          />
        )}
        {proof === "code" && (
          <TextField
            label="Six digits"
            hint="They were sent to your phone, as you signed in a while ago."
            inputMode="numeric"
            autoComplete="one-time-code"
            dir="ltr"
            code
            autoFocus
            value={proven}
            onValueChange={setProven}
          />
        )}
        <Fault>{save.error}</Fault>
        <Actions>
          <Button
            type="submit"
            busy={save.busy}
            disabled={newPassword === "" || (proof !== "nothing" && proven === "")}
          >
            Set the password
          </Button>
        </Actions>
      </FormRows>
    </Setting>
  );
}
