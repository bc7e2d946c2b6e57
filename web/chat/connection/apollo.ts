import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from "@apollo/client";
import { SetContextLink } from "@apollo/client/link/context";
import { ErrorLink } from "@apollo/client/link/error";
import { finalize, from, switchMap } from "rxjs";
import { possibleTypes } from "../../generated/graphql/possible-types.ts";
import { apiUrl } from "../app/addresses.ts";
import type { RecentEvents } from "./recent-events.ts";
import type { Session } from "./session.ts";
import { typePolicies } from "./type-policies.ts";

/** For queries and mutations, over HTTP. What is subscribed to comes over the socket, and is written into the cache. */
export function createApollo(session: Session, recent: RecentEvents): ApolloClient {
  const http = new HttpLink({ uri: apiUrl("graphql") });
  return new ApolloClient({
    link: ApolloLink.from([keepNewer(recent), renewToken(session), addToken(session), http]),
    cache: new InMemoryCache({ typePolicies, possibleTypes }),
  });
}

/** Writes into the cache what came over the socket while an answer was on its way: the answer may be older. */
const keepNewer = (recent: RecentEvents): ApolloLink =>
  new ApolloLink((operation, forward) => {
    const writeAgain = recent.follow();
    // Once the answer is in the cache.
    return forward(operation).pipe(finalize(() => setTimeout(writeAgain)));
  });

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
