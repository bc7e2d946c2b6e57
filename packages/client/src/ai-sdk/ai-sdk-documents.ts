import type { Operation } from "../operation.ts";
import type { EditInput, RegenerateInput, SendInput } from "../room/room-mutations.ts";

type Turn = { message: { id: string }; reply: { id: string } | null };

export const Send: Operation<{ sendMessage: Turn }, { input: SendInput }> = /* GraphQL */ `
  mutation TransportSend($input: SendMessageInput!) {
    sendMessage(input: $input) {
      message {
        id
      }
      reply {
        id
      }
    }
  }
`;

export const Edit: Operation<{ editMessage: Turn }, { input: EditInput }> = /* GraphQL */ `
  mutation TransportEdit($input: EditMessageInput!) {
    editMessage(input: $input) {
      message {
        id
      }
      reply {
        id
      }
    }
  }
`;

export const Regenerate: Operation<{ regenerateReply: { reply: { id: string } } }, { input: RegenerateInput }> =
  /* GraphQL */ `
    mutation TransportRegenerate($input: RegenerateReplyInput!) {
      regenerateReply(input: $input) {
        reply {
          id
        }
      }
    }
  `;

export const ReadActiveReply: Operation<{ chatroom: { activeReply: { id: string } | null } | null }, { id: string }> =
  /* GraphQL */ `
    query TransportReadActiveReply($id: ID!) {
      chatroom(id: $id) {
        activeReply {
          id
        }
      }
    }
  `;
