/** A room in React: what was said, what is being written, and a field to send. */
import type { ChatClient } from "@colloquy/client";
import { useRoom } from "@colloquy/client/react";

export function Room({ chat, id }: { chat: ChatClient; id: string }) {
  const { title, messages, live, connection, send, stop } = useRoom(chat, id);
  const submit = (form: FormData) => void send(String(form.get("text")));
  return (
    <main>
      <h1>{title}</h1>
      {messages.map((message) => (
        <p key={message.clientId ?? message.id}>{message.id === live?.id ? live.text : message.content}</p>
      ))}
      {live && <button onClick={() => void stop()}>Stop</button>}
      <form action={submit}>
        <input name="text" aria-label="Message" required />
      </form>
      {connection !== "live" && <small>{connection}</small>}
    </main>
  );
}
