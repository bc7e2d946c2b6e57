import { AlertDialog } from "@base-ui/react/alert-dialog";
import { useMutation } from "@apollo/client/react";
import { useState } from "react";
import { useServices } from "../app/services.tsx";
import { DeleteAccountDocument } from "../../generated/graphql/graphql.ts";
import { useCodes } from "../sign-in/use-codes.ts";
import { Button } from "../ui/button.tsx";
import dialog from "../ui/dialog.module.css";
import { TextField } from "../ui/text-field.tsx";
import { useAction } from "../ui/use-action.ts";
import { Actions, Fault, FormRows, Setting } from "./setting.tsx";

/** Leaving for good: the way there has a code in it. */
export function LeaveSetting({ phone }: { phone: string }) {
  const { session } = useServices();
  const [open, setOpen] = useState(false);
  const [code, setCode] = useState<string | null>(null);
  const sendCode = useCodes("SIGN_IN");
  const [deleteAccount] = useMutation(DeleteAccountDocument);
  const send = useAction(async () => setCode((await sendCode(phone)).code ?? ""));
  const leave = useAction(async () => {
    await deleteAccount({ variables: { input: { code } } });
    await session.signOut();
  });
  return (
    <Setting
      title="Delete the account"
      text="All chats, messages and sessions are deleted at once, and a subscription ends. Nothing of it can be brought back."
    >
      <AlertDialog.Root
        open={open}
        onOpenChange={(next) => {
          setOpen(next);
          setCode(null);
        }}
      >
        <Actions>
          <AlertDialog.Trigger render={<Button kind="danger">Delete the account…</Button>} />
        </Actions>
        <AlertDialog.Portal>
          <AlertDialog.Backdrop className={dialog.backdrop} />
          <AlertDialog.Popup className={dialog.popup}>
            <AlertDialog.Title className={dialog.title}>Delete the account for good?</AlertDialog.Title>
            <AlertDialog.Description className={dialog.text}>
              {code === null ? "We send a code to " : "Enter the code that was sent to "}
              <bdi>{phone}</bdi>
              {code === null && ", so that nobody else can do this"}.
            </AlertDialog.Description>
            <FormRows onSubmit={() => void (code === null ? send.run() : leave.run())}>
              {code !== null && (
                <TextField
                  label="Six digits"
                  inputMode="numeric"
                  autoComplete="one-time-code"
                  dir="ltr"
                  code
                  autoFocus
                  value={code}
                  onValueChange={setCode}
                />
              )}
              <Fault>{send.error ?? leave.error}</Fault>
              <div className={dialog.actions}>
                <AlertDialog.Close render={<Button>Keep it</Button>} />
                <Button type="submit" kind="danger" busy={send.busy || leave.busy} disabled={code === ""}>
                  {code === null ? "Send the code" : "Delete for good"}
                </Button>
              </div>
            </FormRows>
          </AlertDialog.Popup>
        </AlertDialog.Portal>
      </AlertDialog.Root>
    </Setting>
  );
}
