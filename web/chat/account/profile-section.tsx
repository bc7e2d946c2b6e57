import { useMutation, useQuery } from "@apollo/client/react";
import { useState } from "react";
import { MeDocument, UpdateProfileDocument, type AccountFragment } from "../../generated/graphql/graphql.ts";
import { Button } from "../ui/button.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import { TextField } from "../ui/text-field.tsx";
import { useToast } from "../ui/toasts.tsx";
import { useAction } from "../ui/use-action.ts";
import { LeaveSetting } from "./leave-setting.tsx";
import { Actions, Fault, FormRows, Setting } from "./setting.tsx";
import { TimeZoneField } from "./time-zone-field.tsx";

export function ProfileSection() {
  const me = useQuery(MeDocument).data?.me;
  if (!me) return <Skeleton lines={6} />;
  return (
    <>
      <ProfileSetting key={`${me.name} ${me.timeZone}`} me={me} />
      <LeaveSetting phone={me.phone} />
    </>
  );
}

function ProfileSetting({ me }: { me: AccountFragment }) {
  const [name, setName] = useState(me.name ?? "");
  const [timeZone, setTimeZone] = useState(me.timeZone);
  const [update] = useMutation(UpdateProfileDocument);
  const toast = useToast();
  const save = useAction(async () => {
    await update({ variables: { input: { name: name.trim() || null, timeZone } } });
    toast({ text: "Saved" });
  });
  const changed = name.trim() !== (me.name ?? "") || timeZone !== me.timeZone;
  return (
    <Setting title="You" text={<bdi>{me.phone}</bdi>}>
      <FormRows onSubmit={() => void save.run()}>
        <TextField
          label="Name"
          name="name"
          autoComplete="name"
          dir="auto"
          maxLength={100}
          value={name}
          onValueChange={setName}
        />
        <TimeZoneField value={timeZone} onChange={setTimeZone} />
        <Fault>{save.error}</Fault>
        <Actions>
          <Button type="submit" kind="primary" busy={save.busy} disabled={!changed}>
            Save
          </Button>
        </Actions>
      </FormRows>
    </Setting>
  );
}
