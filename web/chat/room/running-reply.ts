type Reply = { id: string; status: string };

/**
 * The reply that is written just now, or waited for. `Chatroom.activeReply` may be older than what is known of the message:
 * an answer over HTTP can come after events of the socket that it was sent before.
 */
export const runningReply = ({ activeReply }: { activeReply?: Reply | null }): Reply | null =>
  activeReply != null && isRunning(activeReply) ? activeReply : null;

export const isRunning = ({ status }: Pick<Reply, "status">): boolean => status === "PENDING" || status === "STREAMING";
