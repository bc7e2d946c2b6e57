import type { ResultOf } from "./client-types.ts";
import type { TestClient } from "./client.ts";
import { AccountChanged } from "./account-documents.ts";
import { createWatch, type Watch } from "./watch.ts";

/** What came on an account's feed, and what was said beside it. */
export type AccountNews = Readonly<{
  event: ResultOf<typeof AccountChanged>["accountChanged"];
  position: string;
  live: boolean;
}>;

/** Follows the account of a client that has signed in, over a socket of its own. */
export function watchAccount(client: TestClient, after?: string): Watch<AccountNews> {
  return createWatch<AccountNews>((sink) =>
    client.connect().subscribe<ResultOf<typeof AccountChanged>>(
      { query: AccountChanged.toString(), variables: { after } },
      {
        next({ data, errors, extensions }) {
          if (errors) sink.error(errors);
          else if (data) {
            const { position, live } = extensions as { position: string; live: boolean };
            sink.next({ event: data.accountChanged, position, live });
          }
        },
        error: sink.error,
        complete: sink.complete,
      },
    ),
  );
}

/** The names of what came, in order. */
export const typesOf = (watch: Watch<AccountNews>) => watch.events.map(({ event }) => event.__typename);
