import { createServer } from "node:http";
import { RedisPubSub } from "graphql-redis-subscriptions";
import { useServer } from "graphql-ws/use/ws";
import { createSchema } from "graphql-yoga";
import { Redis } from "ioredis";
import { WebSocketServer } from "ws";
import { serve } from "../../_support/serve.ts";
import { channelOf } from "../cases.ts";

/**
 * The stock way: graphql-ws as its manual starts it (https://the-guild.dev/graphql/ws/get-started#with-ws), with
 * graphql-redis-subscriptions' iterator as the source. One message a token, one execution for each of its readers.
 * Nobody signs in.
 */
const { REDIS_URL = "" } = process.env;
const [publisher, subscriber] = [new Redis(REDIS_URL), new Redis(REDIS_URL)];
const pubsub = new RedisPubSub({ publisher, subscriber });

const schema = createSchema({
  typeDefs: /* GraphQL */ `
    type Query {
      ready: Boolean!
    }
    type Subscription {
      replyStream(messageId: ID!, attempt: Int = 0, offset: Int = 0): ReplyChunk!
    }
    type ReplyChunk {
      messageId: ID!
      attempt: Int!
      offset: Int!
      text: String!
      status: String!
      message: Message
    }
    type Message {
      id: ID!
      status: String!
      content: String!
    }
  `,
  resolvers: {
    Subscription: {
      replyStream: {
        subscribe: (_root: unknown, { messageId }: { messageId: string }) => pubsub.asyncIterator(channelOf(messageId)),
        resolve: (piece: unknown) => piece,
      },
    },
  },
});

const server = createServer();
useServer({ schema }, new WebSocketServer({ server, path: "/graphql" }));
await serve(server, () => [publisher, subscriber].forEach((connection) => connection.disconnect()));
