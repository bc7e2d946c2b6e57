import { useQuery } from "@apollo/client/react";
import { useEffect } from "react";
import { RoomContextDocument } from "../../generated/graphql/graphql.ts";
import css from "./context-gauge.module.css";

/** From this share of the limit on it is worth a look. */
const NOTABLE = 0.5;

type Props = {
  roomId: string;
  /** Changes when a message was sent or a reply has ended. */
  head: string;
};

/** How much of the conversation the model still gets; nothing while that is all of it, and far from the limit. */
export function ContextGauge({ roomId, head }: Props) {
  const { data, refetch } = useQuery(RoomContextDocument, { variables: { id: roomId } });
  useEffect(() => {
    if (head !== "") void refetch().catch(() => {});
  }, [head, refetch]);
  const context = data?.chatroom?.context;
  if (!context) return null;
  const share = Math.min(1, context.usedTokens / context.limit);
  const lost = context.cutBefore ? "The oldest messages are left out." : "Older messages are summarised.";
  const whole = context.summarizedUpTo === null && context.cutBefore === null;
  if (whole && share < NOTABLE) return null;
  const percent = Math.round(share * 100);
  return (
    <span className={css.gauge} title={`The model reads ${percent} % of what it may. ${whole ? "" : lost}`}>
      <meter min={0} max={100} value={percent} aria-label="Context in use" />
      {percent} %
    </span>
  );
}
