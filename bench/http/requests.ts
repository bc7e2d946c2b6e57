import type { Request } from "autocannon";
import { PAGE, type Case } from "./cases.ts";
import type { Person } from "./people.ts";

/** What the connections of a run ask for. */
export type Requests = Readonly<{
  /** What connection number `index` repeats; nothing for those whose requests differ. */
  ofConnection?(index: number): Request;
  /** The next one, whichever connection is free, and how many there are. */
  next?(): Request;
  supply?: number;
}>;

export const LIST = `query Rooms {
  chatrooms(first: ${PAGE}) {
    edges { cursor node { id title lastMessageAt lastMessagePreview activeReply { id status } } }
    pageInfo { hasNextPage endCursor }
  }
}`;
const ROOM = `query Room($id: ID!) {
  chatroom(id: $id) {
    id
    title
    messages(last: ${PAGE}) {
      edges { cursor node { id role content status createdAt } }
      pageInfo { hasPreviousPage startCursor }
    }
  }
}`;
const SEND = `mutation Send($input: SendMessageInput!) {
  sendMessage(input: $input) { message { id createdAt } reply { id status } }
}`;
const CONTENT = "What is the shortest way from one hot path to the next?";

/** Rooms that nobody has sent to yet: each takes one message, as no worker writes the replies. */
export type FreshRooms = { next(): { person: Person; room: string }; readonly left: number };

export function createFreshRooms(people: readonly Person[]): FreshRooms {
  let used = 0;
  return {
    get left() {
      return people.length * (PAGE - 1) - used;
    },
    /** Of another person each time; the rooms with many messages are not among them. */
    next() {
      const person = people[used % people.length];
      const room = person?.rooms[1 + Math.floor(used / people.length)];
      if (!person || !room) throw new Error("there is no room left that waits for no reply");
      used += 1;
      return { person, room };
    },
  };
}

/** @param people for a list that is asked for the first time each of them asks once */
export function requestsOf({ system, ask }: Case, people: readonly Person[], rooms: FreshRooms): Requests {
  const personOf = (index: number): Person => people[index % people.length] as Person;
  switch (ask) {
    case "constant":
      return { ofConnection: () => graphql("{ constant }") };
    case "list":
      return {
        ofConnection: (index) => {
          const person = personOf(index);
          if (system !== "express") return graphql(LIST, {}, person);
          return { method: "GET", path: "/chatrooms", headers: headersOf(person) };
        },
      };
    case "new list": {
      let asked = 0;
      return { next: () => graphql(LIST, {}, personOf(asked++)), supply: people.length };
    }
    case "room":
      return {
        ofConnection: (index) => {
          const person = personOf(index);
          return graphql(ROOM, { id: person.rooms[0] }, person);
        },
      };
    case "send":
      return {
        next() {
          const { person, room } = rooms.next();
          const input = { chatroomId: room, content: CONTENT };
          if (system !== "express") return graphql(SEND, { input }, person);
          return { method: "POST", path: "/messages", headers: headersOf(person), body: JSON.stringify(input) };
        },
        supply: rooms.left,
      };
  }
}

export function graphql(query: string, variables: object = {}, person?: Person): Request {
  return {
    method: "POST",
    path: "/graphql",
    headers: headersOf(person),
    body: JSON.stringify({ query, variables }),
  };
}

const headersOf = (person: Person | undefined) => ({
  "content-type": "application/json",
  accept: "application/json",
  ...(person && { authorization: `Bearer ${person.token}` }),
});
