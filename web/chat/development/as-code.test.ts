import { expect, test, vi } from "vitest";

vi.mock("../app/addresses.ts", () => ({
  apiUrl: (path: string) => `http://localhost:4000/${path}`,
  socketUrl: (path: string) => `ws://localhost:4000/${path}`,
}));

const { asCode, CLIENTS } = await import("./as-code.ts");

const OPERATION = {
  query: "subscription It($after: String) {\n  accountChanged(after: $after) {\n    __typename\n  }\n}",
  variables: { after: "it's 5" },
};

test.each(CLIENTS)("%s gets the document and the position", (client) => {
  const code = asCode(client, OPERATION);
  expect(code).toContain("accountChanged(after: $after)");
  expect(code).toMatch(client === "curl" ? String.raw`it'\''s 5` : `"after": "it's 5"`);
});

test("a shell reads the body as one word", () => {
  const body = /-d '(.*)'\n$/s.exec(asCode("curl", OPERATION))?.[1] ?? "";
  expect(JSON.parse(body.replaceAll(String.raw`'\''`, "'"))).toEqual(OPERATION);
});
