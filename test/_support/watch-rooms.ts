import type { ResultOf } from "./client-types.ts";
import type { TestClient } from "./client.ts";
import { RoomsChanged } from "./sidebar-documents.ts";
import { createWatch, type Watch } from "./watch.ts";

export type RoomNews = ResultOf<typeof RoomsChanged>["accountChanged"];

/** Follows what happens to the rooms of a client that has signed in, over a socket of its own. */
export const watchRooms = (client: TestClient, after?: string): Watch<RoomNews> =>
  createWatch<RoomNews>((sink) =>
    client.connect().subscribe<ResultOf<typeof RoomsChanged>>(
      { query: RoomsChanged.toString(), variables: { after } },
      {
        next: ({ data, errors }) => (data ? sink.next(data.accountChanged) : sink.error(errors)),
        error: sink.error,
        complete: sink.complete,
      },
    ),
  );

/** The room that has changed, if it is about one. */
export const roomOf = (news: RoomNews) => (news.__typename === "RoomChanged" ? news.chatroom : undefined);
