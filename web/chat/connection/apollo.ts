import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from "@apollo/client";
import { SetContextLink } from "@apollo/client/link/context";
import { ErrorLink } from "@apollo/client/link/error";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { OperationTypeNode } from "graphql";
import { from, switchMap } from "rxjs";
import { possibleTypes } from "../../generated/graphql/possible-types.ts";
import { apiUrl } from "../app/addresses.ts";
import type { Session } from "./session.ts";
import type { Socket } from "./socket.ts";
import { typePolicies } from "./type-policies.ts";

type Parts = Readonly<{ session: Session; socket: Socket }>;

/** Queries and mutations over HTTP, subscriptions over the socket. */
export function createApollo({ session, socket }: Parts): ApolloClient {
  const http = ApolloLink.from([renewToken(session), addToken(session), new HttpLink({ uri: apiUrl("graphql") })]);
  return new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      http,
    ),
    cache: new InMemoryCache({ typePolicies, possibleTypes }),
  });
}

const addToken = (session: Session): ApolloLink =>
  new SetContextLink(async (before) => {
    const token = await session.getAccessToken();
    const headers = (before["headers"] ?? {}) as Record<string, string>;
    return token === null ? {} : { token, headers: { ...headers, authorization: `Bearer ${token}` } };
  });

/** A token can end before its time: once more with another one. */
const renewToken = (session: Session): ApolloLink =>
  new ErrorLink(({ error, operation, forward }) => {
    const { token, renewed } = operation.getContext() as { token?: string; renewed?: boolean };
    const refused =
      CombinedGraphQLErrors.is(error) &&
      error.errors.some(({ extensions }) => extensions?.["code"] === "UNAUTHENTICATED");
    if (!refused || renewed || token === undefined) return;
    operation.setContext({ renewed: true });
    return from(session.renew(token)).pipe(switchMap(() => forward(operation)));
  });
