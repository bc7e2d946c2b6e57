import type { Request } from "autocannon";
import { PAGE, TALKERS, type Ask, type System } from "./cases.ts";
import type { Person } from "./people.ts";

/** What is asked next, whichever connection is free, and how many there are of it, if not any number. */
export type Requests = Readonly<{ next(): Request; supply?: number }>;

const LIST = `query Rooms {
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
export type FreshRooms = Readonly<{ next(): { person: Person; room: string }; left(): number }>;

export function createFreshRooms(people: readonly Person[]): FreshRooms {
  let used = 0;
  return {
    left: () => people.length * (PAGE - 1) - used,
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

/** @param people they ask one after the other; for a list that is asked for the first time each of them asks once */
export function requestsOf(system: System, ask: Ask, people: readonly Person[], rooms: FreshRooms): Requests {
  let asked = 0;
  const nextPerson = (of: number) => people[asked++ % of] as Person;
  switch (ask) {
    case "list":
      return { next: () => listOf(system, nextPerson(TALKERS)) };
    case "new-list":
      return { next: () => listOf(system, nextPerson(people.length)), supply: people.length };
    case "room":
      return { next: () => roomOf(system, nextPerson(TALKERS)) };
    case "send":
      return {
        next() {
          const { person, room } = rooms.next();
          const input = { chatroomId: room, content: CONTENT };
          return system === "by hand" ? request(person, "/messages", input) : graphql(person, SEND, { input });
        },
        supply: rooms.left(),
      };
  }
}

/** The first page of somebody's rooms. */
export const listOf = (system: System, person: Person): Request =>
  system === "by hand" ? request(person, "/chatrooms") : graphql(person, LIST, {});

/** The newest page of somebody's first room. */
export const roomOf = (system: System, person: Person): Request =>
  system === "by hand"
    ? request(person, `/chatrooms/${person.rooms[0]}`)
    : graphql(person, ROOM, { id: person.rooms[0] });

const graphql = (person: Person, query: string, variables: object): Request =>
  request(person, "/graphql", { query, variables });

const request = ({ token }: Person, path: string, body?: object): Request => ({
  method: body ? "POST" : "GET",
  path,
  headers: { "content-type": "application/json", accept: "application/json", authorization: `Bearer ${token}` },
  ...(body && { body: JSON.stringify(body) }),
});
