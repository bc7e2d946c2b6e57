/** One tab of the page. Its title is the operation's name, as GraphiQL has no other. */
export type GraphiqlTab = { query: string; variables: string };

/**
 * The tabs a newcomer finds, to be run from left to right. What stands in `{{…}}` is filled in by the page from
 * earlier answers when a request is sent; `FILLED_BY` names the tab that brings it.
 */
export const GRAPHIQL_TABS: readonly GraphiqlTab[] = [
  tab(
    `
# Sign in: ask for a one-time code.
# In development the answer holds it.
#
# Press play, then go on with the next tab,
# and so on to the right.
mutation SignIn($input: SendOtpInput!) {
  sendOtp(input: $input) {
    code
    expiresAt
    resendAt
  }
}`,
    { input: { phone: "+14155550123", purpose: "SIGN_IN" } },
  ),
  tab(
    `
# Enter the code. Phone and code are filled in
# from tab 1.
#
# The page sends the access token with all that
# follows, unless you set an Authorization header,
# and renews it. All tabs of the browser share it.
mutation EnterCode($input: VerifyOtpInput!) {
  verifyOtp(input: $input) {
    accessToken
    accessTokenExpiresAt
    refreshToken
    user {
      id
      phone
      name
    }
  }
}`,
    { input: { phone: "{{phone}}", code: "{{code}}", name: "Ada" } },
  ),
  tab(
    `
# Create a room to talk in.
# The page remembers its id for the next tabs.
mutation CreateRoom($input: CreateChatroomInput) {
  createChatroom(input: $input) {
    id
    title
  }
}`,
    { input: { title: "First steps" } },
  ),
  tab(
    `
# Send a message to the room of tab 3.
# The answer comes at once. The reply is written
# meanwhile: see it grow below the answer. Tab 5
# shows the events that this is made of.
#
# With the same clientId a message can be sent
# again and is still one message.
mutation SendMessage($input: SendMessageInput!) {
  sendMessage(input: $input) {
    message {
      id
      content
    }
    reply {
      id
      status
    }
  }
}`,
    {
      input: {
        chatroomId: "{{chatroomId}}",
        content: "Tell me a short story about a message that would not get lost.",
        clientId: "{{newId}}",
      },
    },
  ),
  tab(
    `
# Watch the reply to the last message: what is
# there already, then each piece as it is written,
# at last the finished message.
#
# A client puts the pieces together like this:
#   a higher attempt starts over, otherwise
#   text = text.slice(0, offset) + chunk.text
subscription WatchReply($messageId: ID!) {
  replyStream(messageId: $messageId) {
    attempt
    offset
    text
    status
    message {
      id
      content
      status
    }
  }
}`,
    { messageId: "{{replyId}}" },
  ),
  tab(
    `
# Watch the room: each message when it is sent,
# each reply when it has ended.
#
# GraphiQL stops when you go to another tab: open
# this page once more and send from there.
# What was missed comes first with
#   after: "<id of the last message seen>"
subscription WatchMessages($chatroomId: ID!) {
  messageAdded(chatroomId: $chatroomId) {
    id
    role
    content
    status
    createdAt
  }
}`,
    { chatroomId: "{{chatroomId}}" },
  ),
  tab(
    `
# Who am I, and what has been said?
query MyRooms {
  me {
    id
    phone
    name
  }
  chatrooms(first: 5) {
    edges {
      node {
        id
        title
        messages(last: 4) {
          edges {
            node {
              role
              content
              status
            }
          }
        }
      }
    }
  }
}`,
    {},
  ),
];

/** Which tab brings what a placeholder stands for. `{{newId}}` is made up by the page, a new one for each request. */
export const FILLED_BY = {
  phone: "SignIn",
  code: "SignIn",
  accessToken: "EnterCode",
  chatroomId: "CreateRoom",
  replyId: "SendMessage",
} as const;

function tab(query: string, variables: object): GraphiqlTab {
  return { query: query.trim(), variables: JSON.stringify(variables, null, 2) };
}
