import css from "./room-skeleton.module.css";

/** While a room is being read. It appears after a moment, so that a quick answer flashes nothing. */
export const RoomSkeleton = () => (
  <div className={css.skeleton} role="status" aria-label="Loading the chat">
    {[40, 90, 75, 30, 85].map((width) => (
      <i key={width} data-width={width} />
    ))}
  </div>
);
