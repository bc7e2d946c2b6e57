import { createServer } from "node:http";
import { RedisPubSub } from "graphql-redis-subscriptions";
import { useServer } from "graphql-ws/use/ws";
import { createSchema, createYoga } from "graphql-yoga";
import type { DocumentNode, execute, ExecutionArgs, GraphQLError, GraphQLSchema, subscribe } from "graphql";
import { Redis } from "ioredis";
import { WebSocketServer } from "ws";
import { listen } from "../../_support/listen.ts";
import { channelOf } from "../pace.ts";

/**
 * The stock way: Yoga and graphql-ws put together as Yoga's documentation shows
 * (https://the-guild.dev/graphql/yoga-server/docs/features/subscriptions#graphql-over-websocket-protocol-via-graphql-ws),
 * with graphql-redis-subscriptions' iterator as the source. One message a token, one execution for each of its readers.
 * Nobody signs in.
 */
const { REDIS_URL = "" } = process.env;
const [publisher, subscriber] = [new Redis(REDIS_URL), new Redis(REDIS_URL)];
const pubsub = new RedisPubSub({ publisher, subscriber });

const yoga = createYoga({
  logging: false,
  schema: createSchema({
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
          subscribe: (_root: unknown, { messageId }: { messageId: string }) =>
            pubsub.asyncIterator(channelOf(messageId)),
          resolve: (piece: unknown) => piece,
        },
      },
    },
  }),
});

/** What Yoga puts together for one operation; it declares all of it as `any`. */
type Enveloped = Readonly<{
  schema: GraphQLSchema;
  parse(query: string): DocumentNode;
  validate(schema: GraphQLSchema, document: DocumentNode): readonly GraphQLError[];
  contextFactory(): unknown;
  execute: typeof execute;
  subscribe: typeof subscribe;
}>;
type Args = ExecutionArgs & { rootValue: Pick<Enveloped, "execute" | "subscribe"> };

const server = createServer((request, response) => void yoga(request, response));
useServer(
  {
    execute: (args) => (args as Args).rootValue.execute(args),
    subscribe: (args) => (args as Args).rootValue.subscribe(args),
    async onSubscribe(ctx, _id, params) {
      const { request: req, socket } = ctx.extra;
      const enveloped = yoga.getEnveloped({ ...ctx, req, socket, params }) as Enveloped;
      const document = enveloped.parse(params.query);
      const errors = enveloped.validate(enveloped.schema, document);
      if (errors.length > 0) return errors;
      return {
        schema: enveloped.schema,
        operationName: params.operationName,
        document,
        variableValues: params.variables,
        contextValue: await enveloped.contextFactory(),
        rootValue: { execute: enveloped.execute, subscribe: enveloped.subscribe },
      };
    },
  },
  new WebSocketServer({ server, path: yoga.graphqlEndpoint }),
);

await listen(server, () => [publisher, subscriber].forEach((connection) => connection.disconnect()));
