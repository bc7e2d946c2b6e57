export { createChatTransport, loadMessages } from "./ai-sdk/chat-transport.ts";
export { lastStepOf, toUiMessage, type ColloquyUiMessage } from "./ai-sdk/ui-messages.ts";
