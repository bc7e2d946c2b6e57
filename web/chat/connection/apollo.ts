import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from "@apollo/client";
import { SetContextLink } from "@apollo/client/link/context";
import { ErrorLink } from "@apollo/client/link/error";
import { from, switchMap } from "rxjs";
import { possibleTypes } from "../../generated/graphql/possible-types.ts";
import { apiUrl } from "../app/addresses.ts";
import type { Session } from "./session.ts";
import { typePolicies } from "./type-policies.ts";

/** For queries and mutations, over HTTP. What is subscribed to comes over the socket, and is written into the cache. */
export function createApollo(session: Session): ApolloClient {
  return new ApolloClient({
    link: ApolloLink.from([renewToken(session), addToken(session), new HttpLink({ uri: apiUrl("graphql") })]),
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
