/** Asks a question, and prints the reply as it is written. A refresh token is what `verifyOtp` or `signIn` returns. */
import { createChatClient, createMemoryTokens } from "@colloquy/client";

export async function ask(url: string, refreshToken: string, chatroomId: string, question: string): Promise<void> {
  const chat = createChatClient({ url, tokens: createMemoryTokens(refreshToken) });
  const room = chat.watchRoom(chatroomId);
  let printed = 0;
  await new Promise<void>((resolve) => {
    const leave = room.subscribe(() => {
      const { live, messages } = room.getSnapshot();
      const text = live?.text ?? (printed > 0 ? (messages.at(-1)?.content ?? "") : "");
      console.log(text.slice(printed));
      printed = text.length;
      if (live || printed === 0) return;
      leave();
      resolve();
    });
    void room.send(question);
  });
  chat.close();
}
