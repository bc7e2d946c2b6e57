import { expect, it } from "vitest";
import { PLACEHOLDERS } from "./memory.ts";
import { TABS } from "./tabs.ts";

const names = TABS.map(({ query }) => /^(?:mutation|subscription|query) (\w+)/m.exec(query)?.[1]);

it("the API's examples are the tabs, each with a hint and the variables of its example", () => {
  expect(names).toEqual(["SendCode", "EnterCode", "CreateRoom", "SendMessage", "WatchReply", "WatchRoom", "Rooms"]);
  for (const { query } of TABS) expect(query).toMatch(/^# [A-Z]/);
  expect(TABS[1]?.variables).toContain('"phone": "{{phone}}"');
});

it("placeholders are filled in by tabs that there are", () => {
  const used = TABS.flatMap(({ variables }) => [...variables.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name));
  expect([...Object.keys(PLACEHOLDERS), "newId"]).toEqual(expect.arrayContaining(used));
  expect(names).toEqual(expect.arrayContaining(Object.values(PLACEHOLDERS).map(({ tab }) => tab)));
});
