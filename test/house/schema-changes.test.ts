import { expect, test } from "vitest";
import { findBreakingChanges, readStatedPaths } from "../../tools/checks/schema/find-breaking-changes.ts";

const BEFORE = `
  type Query { me: User }
  type User { name: String, nickname: String }
  enum Plan { BASIC PRO }
  input Send { text: String! }
`;

test.each([
  { change: "a field that goes", find: ", nickname: String", put: "", path: "User.nickname" },
  { change: "a field that becomes nullable", find: "me: User", put: "me(id: ID!): User", path: "Query.me.id" },
  { change: "an enum value that goes", find: " PRO", put: "", path: "Plan.PRO" },
  {
    change: "a new input field that must be set",
    find: "text: String!",
    put: "text: String!, to: ID!",
    path: "Send.to",
  },
])("$change is breaking", async ({ find, put, path }) => {
  const changes = await findBreakingChanges(BEFORE, BEFORE.replace(find, put));
  expect(changes.map((change) => change.path)).toEqual([path]);
});

test("additions break nothing", async () => {
  const after = BEFORE.replace("name: String", "name: String, age(unit: String): Int").replace(
    "me: User",
    "me: User, you: User",
  );
  expect(await findBreakingChanges(BEFORE, after)).toEqual([]);
});

test("a change is stated by a line with its path and a reason", () => {
  const list = "# Changes\n\n- `User.nickname`: read `User.name`.\n- `Plan.PRO`:\nText about `Send.to`: no entry.\n";
  expect(readStatedPaths(list, "")).toEqual(new Set(["User.nickname"]));
});

test("what was stated before the change does not count for it", () => {
  const old = "- `User.nickname`: first it got another type.\n";
  expect(readStatedPaths(`- \`Plan.PRO\`: there is MAX.\n${old}`, old)).toEqual(new Set(["Plan.PRO"]));
});
