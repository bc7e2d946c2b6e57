/** Follows a reply with graphql-ws alone: the position is in the variables, which are read anew for each reconnect. */
import { createClient } from "graphql-ws";

const query = `subscription ($messageId: ID!, $attempt: Int, $offset: Int) {
  replyStream(messageId: $messageId, attempt: $attempt, offset: $offset) { attempt offset text status }
}`;
type Data = { replyStream: { attempt: number; offset: number; text: string; status: string } };

export async function follow(
  url: string,
  token: () => Promise<string>,
  messageId: string,
  show: (text: string) => void,
) {
  const connectionParams = async () => ({ authorization: `Bearer ${await token()}` });
  const client = createClient({ url, connectionParams, retryAttempts: Infinity, shouldRetry: () => true });
  let [attempt, text] = [0, ""];
  const variables = {
    messageId,
    get attempt() {
      return attempt;
    },
    get offset() {
      return text.length;
    },
  };
  for await (const { data } of client.iterate<Data>({ query, variables })) {
    if (!data) continue;
    const chunk = data.replyStream;
    text = (chunk.attempt > attempt ? "" : text).slice(0, chunk.offset) + chunk.text;
    attempt = chunk.attempt;
    show(text);
  }
  await client.dispose();
}
