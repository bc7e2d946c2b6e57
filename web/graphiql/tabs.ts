import documents from "./tabs.graphql?raw";

/** By operation, what it is run with. `{{name}}` is filled in from earlier answers when a request is sent. */
const VARIABLES: Readonly<Record<string, object>> = {
  SignIn: { input: { phone: "+14155550123", purpose: "SIGN_IN" } },
  EnterCode: { input: { phone: "{{phone}}", code: "{{code}}", name: "Ada" } },
  CreateRoom: { input: { title: "First steps", settings: { thinking: "LOW", showThoughts: true, search: true } } },
  SendMessage: {
    input: {
      chatroomId: "{{chatroomId}}",
      content: "Search for the oldest message in a bottle, and tell me its story.",
      clientId: "{{newId}}",
    },
  },
  WatchReply: { messageId: "{{replyId}}" },
  WatchMessages: { chatroomId: "{{chatroomId}}" },
};

/** The tabs a newcomer finds, to be run from left to right. GraphiQL names each after its operation. */
export const TABS: readonly { query: string; variables: string }[] = documents
  .trim()
  .split("\n\n")
  .map((query) => {
    const [, name = ""] = /^(?:query|mutation|subscription) (\w+)/m.exec(query) ?? [];
    return { query, variables: JSON.stringify(VARIABLES[name] ?? {}, null, 2) };
  });
