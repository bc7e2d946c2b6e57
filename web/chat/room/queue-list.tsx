import { X } from "lucide-react";
import type { RoomHeadFragment } from "../../generated/graphql/graphql.ts";
import { Button } from "../ui/button.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import css from "./queue-list.module.css";
import type { MessageActions } from "./use-message-actions.ts";

type Props = { room: RoomHeadFragment; actions: MessageActions };

const PAUSES: Readonly<Record<NonNullable<RoomHeadFragment["queuePausedBecause"]>, string>> = {
  STOPPED: "The last reply was stopped.",
  FAILED: "The last reply failed.",
  BLOCKED: "The last reply was blocked.",
  QUOTA: "Today’s messages are used up.",
  LIMIT: "This branch has become too long.",
  MODEL: "The model of the next message is not offered any more.",
};

/** The messages that wait for the reply to end. */
export function QueueList({ room, actions }: Props) {
  if (room.queue.length === 0) return null;
  return (
    <section className={css.queue} aria-label="Waiting messages">
      {room.queuePausedBecause && (
        <p className={css.paused}>
          {PAUSES[room.queuePausedBecause]}
          <Button onClick={actions.resumeQueue}>Send what is waiting</Button>
        </p>
      )}
      <ol>
        {room.queue.map(({ id, content }) => (
          <li key={id}>
            <span dir="auto">{content}</span>
            <IconButton label="Do not send" onClick={() => actions.cancelQueued(id)}>
              <X />
            </IconButton>
          </li>
        ))}
      </ol>
    </section>
  );
}
