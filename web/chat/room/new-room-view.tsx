import { EmptyState } from "../ui/empty-state.tsx";

/** The start of a room that is not there yet: it is created with its first message. */
export const NewRoomView = () => <EmptyState title="What is on your mind?" text="Start a chat." />;
