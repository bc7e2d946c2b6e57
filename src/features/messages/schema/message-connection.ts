import { builder } from "../../../graphql/builder.ts";
import { MessageType } from "./message.ts";

const MessageEdge = builder.edgeObject({
  type: MessageType,
  name: "MessageEdge",
  description: "A message and its cursor.",
});

export const MessageConnection = builder.connectionObject(
  { type: MessageType, name: "MessageConnection", description: "A page of messages." },
  MessageEdge,
);
