import { useApolloClient } from "@apollo/client/react";
import { useState } from "react";
import { useLocation } from "wouter";
import { routes } from "../app/routes.ts";
import { describeError } from "../connection/describe-error.ts";
import { SendDocument, StartRoomDocument } from "../../generated/graphql/graphql.ts";
import { placeRoom } from "../sidebar/room-lists.ts";
import { useToast } from "../ui/toasts.tsx";
import { Composer } from "./composer.tsx";
import { ModelMenu, type ModelChoice } from "./model-menu.tsx";
import css from "./new-room-view.module.css";

const IDEAS = [
  "Explain how a rainbow forms, as to a ten-year-old",
  "Write a function that finds duplicate files, in Python",
  "Plan a quiet weekend in Lisbon",
];

/** The start of a room that is not there yet: it is created with its first message. */
export function NewRoomView() {
  const { cache, mutate } = useApolloClient();
  const [, navigate] = useLocation();
  const toast = useToast();
  const [choice, setChoice] = useState<ModelChoice>({
    modelId: null,
    search: false,
    showThoughts: true,
    thinking: null,
  });

  const start = async (content: string): Promise<boolean> => {
    const { modelId, thinking, ...others } = choice;
    try {
      const settings = { ...others, ...(thinking && { thinking }) };
      const { data } = await mutate({ mutation: StartRoomDocument, variables: { input: { modelId, settings } } });
      const chatroomId = data?.createChatroom.id;
      if (chatroomId === undefined) return false;
      const clientId = crypto.randomUUID();
      await mutate({ mutation: SendDocument, variables: { input: { chatroomId, content, clientId } } });
      placeRoom(cache, chatroomId);
      navigate(routes.room(chatroomId));
      return true;
    } catch (error) {
      toast({ text: describeError(error) });
      return false;
    }
  };
  return (
    <div className={css.start}>
      <h1 className={css.title}>What is on your mind?</h1>
      <Composer draftOf="new" takesFocus writing={false} onSend={start} onStop={() => {}}>
        <ModelMenu choice={choice} onChange={(change) => setChoice({ ...choice, ...change })} />
      </Composer>
      <ul className={css.ideas}>
        {IDEAS.map((idea) => (
          <li key={idea}>
            <button type="button" onClick={() => void start(idea)}>
              {idea}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
