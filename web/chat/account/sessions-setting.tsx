import { useMutation, useQuery } from "@apollo/client/react";
import { useServices } from "../app/services.tsx";
import {
  RevokeSessionDocument,
  SessionsDocument,
  SignOutEverywhereDocument,
  type SessionsQuery,
} from "../../generated/graphql/graphql.ts";
import { Button } from "../ui/button.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import { useAction } from "../ui/use-action.ts";
import { describeDevice } from "./describe-device.ts";
import list from "./facts-list.module.css";
import { Actions, Fault, Setting } from "./setting.tsx";
import { describeTime } from "./describe-time.ts";

type Session = NonNullable<SessionsQuery["me"]>["sessions"][number];

export function SessionsSetting() {
  const { session } = useServices();
  const { data } = useQuery(SessionsDocument, { fetchPolicy: "cache-and-network" });
  const [signOut] = useMutation(SignOutEverywhereDocument);
  const everywhere = useAction(async () => {
    await signOut();
    await session.signOut();
  });
  const sessions = data?.me?.sessions;
  return (
    <Setting title="Devices" text="Where you are signed in. One that is signed out closes at once.">
      {sessions ? (
        <ul className={list.list}>
          {sessions.map((each) => (
            <DeviceRow key={each.id} session={each} />
          ))}
        </ul>
      ) : (
        <Skeleton lines={2} />
      )}
      <Actions>
        <Button busy={everywhere.busy} onClick={() => void everywhere.run()}>
          Sign out everywhere
        </Button>
      </Actions>
      <Fault>{everywhere.error}</Fault>
    </Setting>
  );
}

function DeviceRow({ session: { id, userAgent, ip, lastUsedAt, isCurrent } }: { session: Session }) {
  const [revoke] = useMutation(RevokeSessionDocument, {
    refetchQueries: [SessionsDocument],
    awaitRefetchQueries: true,
  });
  const end = useAction(() => revoke({ variables: { id } }));
  return (
    <li className={list.row}>
      <div className={list.facts}>
        <span className={list.name}>{describeDevice(userAgent)}</span>
        <span className={list.detail}>
          {isCurrent ? "This device" : `Last used ${describeTime(lastUsedAt)}`}
          {ip != null && <> · {ip}</>}
        </span>
        <Fault>{end.error}</Fault>
      </div>
      {!isCurrent && (
        <Button busy={end.busy} aria-label={`Sign out ${describeDevice(userAgent)}`} onClick={() => void end.run()}>
          Sign out
        </Button>
      )}
    </li>
  );
}
