/** A room's messages as a client knows them. The values are never changed, only replaced. */
export type RoomMessages<Message extends { id: string }> = Readonly<{
  messages: readonly Message[];
  /**
   * False while messages come in that were missed: the time to show them all at once, without a sound each. True when
   * the reader is up to date.
   */
  live: boolean;
}>;

/**
 * Takes in an event of `messageAdded`.
 *
 * A message that is known already moves to the end: a failed reply that is tried again gets a new place in the room,
 * and one that a query returned while it was being written is now complete.
 *
 * @param extensions the result's own: `live` says whether catching up is over
 */
export function addMessage<Message extends { id: string }>(
  room: RoomMessages<Message>,
  message: Message,
  extensions: Readonly<Record<string, unknown>> | null | undefined,
): RoomMessages<Message> {
  const others = room.messages.filter(({ id }) => id !== message.id);
  return { messages: [...others, message], live: extensions?.["live"] !== false };
}

/**
 * The argument of `messageAdded` that brings all that came after these messages of a query.
 *
 * A reply in progress ends, and one that failed can be retried: both then come with a new place in the room, and a
 * reader that named them as its position would stand behind that place without having seen it.
 *
 * @param messages oldest first; none: from the room's beginning
 */
export function lastSeen(messages: readonly { id: string; status: string }[]): { after: string } {
  const last = messages.findLast(({ status }) => status === "COMPLETE" || status === "STOPPED");
  return { after: last?.id ?? "0" };
}
