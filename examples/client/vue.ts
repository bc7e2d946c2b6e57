/** A room in Vue: what was said, what is being written, and a field to send. */
import { createChatClient, createStorageTokens, type ChatClient, type Store } from "@colloquy/client";
import { createApp, defineComponent, h, onScopeDispose, shallowRef, type ShallowRef } from "vue";

function useStore<State>(store: Store<State>): Readonly<ShallowRef<State>> {
  const state = shallowRef(store.getSnapshot());
  onScopeDispose(store.subscribe(() => (state.value = store.getSnapshot())));
  return state;
}

export const Room = defineComponent(
  (props: { chat: ChatClient; id: string }) => {
    const room = props.chat.watchRoom(props.id);
    const state = useStore(room);
    const send = ({ target }: Event) => target instanceof HTMLInputElement && room.send(target.value);
    return () => {
      const { title, messages, live } = state.value;
      const shown = messages.map(({ id, clientId, content }) =>
        h("p", { key: clientId ?? id }, id === live?.id ? live.text : content),
      );
      return h("main", [h("h1", title), ...shown, h("input", { onChange: send })]);
    };
  },
  { props: ["chat", "id"] },
);

export function show(url: string, id: string, target: string) {
  const chat = createChatClient({ url, tokens: createStorageTokens() });
  createApp(() => h(Room, { chat, id })).mount(target);
  return chat;
}
