import { EmptyState } from "../ui/empty-state.tsx";

/**
 * One room: its messages and the composer. It is made anew for each room, so its state is that of one room.
 *
 * @param props.roomId from the page's address, so it may be anything
 */
export function RoomView({ roomId }: { roomId: string }) {
  return <EmptyState title="Chat" text={roomId} />;
}
