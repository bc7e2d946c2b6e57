/** Where Redis holds a reply in progress: its text, and a hash with the attempt it belongs to. */
export const liveTextKey = (replyId: string): string => `reply:{${replyId}}:text`;
export const liveMetaKey = (replyId: string): string => `reply:{${replyId}}:meta`;
