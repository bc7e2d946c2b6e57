import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { expect, expectTypeOf, onTestFinished, test } from "vitest";
import type * as own from "../../packages/client/src/documents.ts";
import type * as aiSdk from "../../packages/client/src/ai-sdk/ai-sdk-documents.ts";
import type * as account from "../../packages/client/src/account/account-documents.ts";
import type * as rooms from "../../packages/client/src/room/room-documents.ts";
import type * as mutations from "../../packages/client/src/room/room-mutations.ts";
import type * as generated from "../../tools/generated/graphql/graphql.ts";

/** What of the client a stranger imports, and the packages that it needs. */
const ENTRIES: Readonly<Record<string, readonly string[]>> = {
  "index.ts": ["graphql", "graphql-ws"],
  "sse.ts": ["graphql"],
  "react.ts": ["graphql", "graphql-ws", "react", "@types/react", "csstype"],
  "ai-sdk.ts": ["graphql", "graphql-ws", "ai"],
  "assistant-ui.ts": ["graphql", "graphql-ws", "react", "@types/react", "csstype", "@assistant-ui/core"],
  "apollo.ts": ["graphql", "graphql-ws", "@apollo/client", "rxjs"],
  "urql.ts": ["graphql", "@urql/core"],
};

test.each(Object.entries(ENTRIES))(
  "%s of the client compiles in an empty project with its packages",
  { timeout: 120_000 },
  (entry, packages) => {
    expect(compile(entry, packages)).toBe("");
  },
);

type DataOf<Text extends { readonly __types?: unknown }> =
  NonNullable<Text["__types"]> extends [infer Data, unknown] ? Data : never;

test("the types of the operations are those that the schema gives them", () => {
  expectTypeOf<own.WatchReplyData>().toEqualTypeOf<generated.WatchReplySubscription>();
  expectTypeOf<own.WatchReplyInPartsVariables>().toExtend<generated.WatchReplyInPartsSubscriptionVariables>();
  expectTypeOf<own.WatchRoomData>().toEqualTypeOf<generated.WatchRoomSubscription>();
  expectTypeOf<own.OpenRoomData>().toEqualTypeOf<generated.OpenRoomQuery>();
  expectTypeOf<own.RenewTokensData>().toEqualTypeOf<generated.RenewTokensMutation>();
  expectTypeOf<own.WatchReplyVariables>().toExtend<generated.WatchReplySubscriptionVariables>();
  expectTypeOf<own.WatchRoomVariables>().toExtend<generated.WatchRoomSubscriptionVariables>();
  expectTypeOf<own.OpenRoomVariables>().toExtend<generated.OpenRoomQueryVariables>();
  expectTypeOf<own.RenewTokensVariables>().toExtend<generated.RenewTokensMutationVariables>();
});

test("the types of what a chat client asks for are those that the schema gives them", () => {
  expectTypeOf<generated.ChatReadRoomQuery>().toExtend<DataOf<typeof rooms.ReadRoom>>();
  expectTypeOf<generated.ChatReadOlderQuery>().toExtend<DataOf<typeof rooms.ReadOlder>>();
  expectTypeOf<generated.ChatFollowRoomSubscription>().toExtend<DataOf<typeof rooms.FollowRoom>>();
  expectTypeOf<generated.WatchReplyInPartsSubscription>().toExtend<own.WatchReplyInPartsData>();
  expectTypeOf<generated.ChatSendMutation>().toExtend<DataOf<typeof mutations.Send>>();
  expectTypeOf<generated.ChatEditMutation>().toExtend<DataOf<typeof mutations.Edit>>();
  expectTypeOf<generated.ChatReadAccountQuery>().toExtend<DataOf<typeof account.ReadAccount>>();
  expectTypeOf<generated.ChatFollowAccountSubscription>().toExtend<DataOf<typeof account.FollowAccount>>();
  expectTypeOf<generated.TransportSendMutation>().toExtend<DataOf<typeof aiSdk.Send>>();
  expectTypeOf<generated.TransportEditMutation>().toExtend<DataOf<typeof aiSdk.Edit>>();
  expectTypeOf<generated.TransportRegenerateMutation>().toExtend<DataOf<typeof aiSdk.Regenerate>>();
  expectTypeOf<generated.TransportReadActiveReplyQuery>().toExtend<DataOf<typeof aiSdk.ReadActiveReply>>();
  expectTypeOf<mutations.SendInput>().toExtend<generated.SendMessageInput>();
  expectTypeOf<mutations.EditInput>().toExtend<generated.EditMessageInput>();
  expectTypeOf<mutations.RegenerateInput>().toExtend<generated.RegenerateReplyInput>();
  expectTypeOf<mutations.SelectInput>().toExtend<generated.SelectBranchInput>();
});

/** Copies the client into a new folder that has these packages, and compiles an entry as a browser's. @returns the faults */
function compile(entry: string, packages: readonly string[]): string {
  const dir = mkdtempSync(join(tmpdir(), "colloquy-stranger-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  cpSync("packages/client/src", dir, { recursive: true });
  for (const name of packages) {
    const link = join(dir, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(resolve("node_modules", name), link);
  }
  const compilerOptions = {
    // The stricter of the ways in which a project may be set up; the packed package is compiled in both.
    module: "NodeNext",
    moduleResolution: "NodeNext",
    target: "ES2022",
    lib: ["ES2023", "DOM", "DOM.Iterable"],
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
  };
  writeFileSync(join(dir, "package.json"), `{ "type": "module" }`);
  writeFileSync(join(dir, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [entry] }));
  try {
    return execFileSync(process.execPath, [resolve("node_modules/typescript/bin/tsc"), "-p", dir], {
      encoding: "utf8",
    });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
