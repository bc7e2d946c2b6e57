import { useQuery } from "@apollo/client/react";
import { SecurityEventsDocument, type SecurityEventKind } from "../../generated/graphql/graphql.ts";
import { Button } from "../ui/button.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import { useAction } from "../ui/use-action.ts";
import { describeDevice } from "./describe-device.ts";
import { describeTime } from "./describe-time.ts";
import list from "./facts-list.module.css";
import { Actions, Fault, Setting } from "./setting.tsx";

const PAGE = 10;

const NAMES: Record<SecurityEventKind, string> = {
  ACCOUNT_DELETED: "Account deleted",
  PASSWORD_CHANGED: "Password changed",
  PASSWORD_RESET: "Password set with a code",
  REFRESH_TOKEN_REUSED: "A stolen session was ended",
  SESSION_REVOKED: "Signed out",
  SIGNED_IN: "Signed in",
  SIGN_IN_FAILED: "A wrong code or password",
};
const WARNINGS = new Set<SecurityEventKind>(["REFRESH_TOKEN_REUSED", "SIGN_IN_FAILED"]);

export function SecurityEvents() {
  const { data, fetchMore } = useQuery(SecurityEventsDocument, {
    variables: { first: PAGE },
    fetchPolicy: "cache-and-network",
  });
  const events = data?.me?.securityEvents;
  const more = useAction(() => fetchMore({ variables: { after: events?.pageInfo.endCursor } }));
  return (
    <Setting title="What happened" text="If you do not know one of these, set another password.">
      {events ? (
        <ul className={list.list}>
          {events.edges.map(({ node: { id, kind, createdAt, ip, userAgent } }) => (
            <li key={id} className={list.row} data-warning={WARNINGS.has(kind) || undefined}>
              <div className={list.facts}>
                <span className={list.name}>{NAMES[kind] ?? kind}</span>
                <span className={list.detail}>
                  {describeDevice(userAgent)} · {describeTime(createdAt)}
                  {ip != null && <> · {ip}</>}
                </span>
              </div>
            </li>
          ))}
        </ul>
      ) : (
        <Skeleton lines={3} />
      )}
      {events?.pageInfo.hasNextPage && (
        <Actions>
          <Button busy={more.busy} onClick={() => void more.run()}>
            Show more
          </Button>
        </Actions>
      )}
      <Fault>{more.error}</Fault>
    </Setting>
  );
}
