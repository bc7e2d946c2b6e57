/** The API's own examples that a newcomer runs from left to right, by their fields, and what to know of each. */
const HINTS: Readonly<Record<string, string>> = {
  sendOtp: "Ask for a one-time code. In development the answer holds it. Press play, then go on with the next tab.",
  verifyOtp: "Enter the code. All that follows is sent with the access token, unless you set an Authorization header.",
  createChatroom: "Create a room to talk in. The page remembers its id for the next tabs.",
  sendMessage:
    "Send a message. Its reply is written now: see the next tab. With the same clientId it is sent only once.",
  replyStream:
    "The reply as clients get it, piece by piece; the last one has all of it. The chat page at / puts them together.",
  messageAdded:
    "Each message when it is sent, each reply when it has ended. To send meanwhile, open this page once more.",
  chatrooms: "Which rooms are there?",
};

const EXAMPLES = import.meta.glob<string>("../../docs/api/*.graphql", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** GraphiQL names a tab after its operation. `{{name}}` in the variables is filled in when a request is sent. */
export const TABS: readonly { query: string; variables: string }[] = Object.entries(HINTS).map(([field, hint]) => {
  const [, variables = "{}", document = ""] =
    /^(?:# (.*)\n)?([^]*)$/.exec(EXAMPLES[`../../docs/api/${field}.graphql`] ?? "") ?? [];
  const filled = variables.replace("<newPhone>", "+14155550123").replace("<runningReplyId>", "<replyId>");
  return {
    query: `# ${hint.replaceAll(". ", ".\n# ")}\n${document.trim()}`,
    variables: JSON.stringify(JSON.parse(filled.replaceAll(/<(\w+)>/g, "{{$1}}")), null, 2),
  };
});
