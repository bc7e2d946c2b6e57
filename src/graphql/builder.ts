import SchemaBuilder from "@pothos/core";
import ComplexityPlugin from "@pothos/plugin-complexity";
import PrismaPlugin from "@pothos/plugin-prisma";
import RelayPlugin from "@pothos/plugin-relay";
import ScopeAuthPlugin from "@pothos/plugin-scope-auth";
import { DateResolver, DateTimeISOResolver } from "graphql-scalars";
import { DomainError } from "../errors.ts";
import type PrismaTypes from "../generated/pothos.ts";
import { getDatamodel } from "../generated/pothos.ts";
import type { Message, MessageStatus, Plan } from "../generated/prisma/client.ts";
import type { CatalogueModel } from "../model-catalogue/catalogue.ts";
import type { RoomSettings, SettingsInput } from "../features/models/room-settings.ts";
import type { MessagePart } from "../features/messages/parts-of.ts";
import type { Citation } from "../platform/gemini/activity.ts";
import type { RequestContext } from "./context.ts";
import { costOf, PAGE } from "./operation-limits.ts";

/** The schema's policy: who may ask, how much, in which words. The fields themselves live with their features. */
export const builder = new SchemaBuilder<{
  Context: RequestContext;
  PrismaTypes: PrismaTypes;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  /** Every operation names one; `assertRulesStated` refuses a schema with one that does not. */
  AuthScopes: {
    /** Anybody may ask, signed in or not: said out loud, so that a forgotten rule opens nothing. */
    public: boolean;
    signedIn: boolean;
  };
  AuthContexts: { signedIn: RequestContext & { viewer: NonNullable<RequestContext["viewer"]> } };
  /** Types that other features' fields name. */
  Objects: {
    Citation: Citation;
    Message: Message;
    MessageEdge: { cursor: string; node: Message };
    MessagePart: MessagePart;
    MessageStatus: MessageStatus;
    Model: CatalogueModel;
    Plan: Plan;
    RoomSettings: RoomSettings;
  };
  /** Inputs that other features' operations take. */
  Inputs: { RoomSettingsInput: SettingsInput };
  Scalars: {
    Date: { Input: Date; Output: Date };
    DateTime: { Input: Date; Output: Date };
    ID: { Input: string; Output: string };
  };
}>({
  plugins: [ComplexityPlugin, ScopeAuthPlugin, PrismaPlugin, RelayPlugin],
  defaultFieldNullability: false,
  // `assertWithinLimits` looks at the whole operation before it is run; the plugin would with each field of its root.
  complexity: { fieldComplexity: (args, _context, field) => costOf(args, field), disabled: true },
  scopeAuth: {
    authorizeOnSubscribe: true,
    authScopes: (context) => ({ public: true, signedIn: context.viewer !== null }),
    unauthorizedError: () => new DomainError("UNAUTHENTICATED"),
  },
  prisma: {
    client: (context) => context.app.db,
    dmmf: getDatamodel(),
    defaultConnectionSize: PAGE.default,
    maxConnectionSize: PAGE.max,
    onUnusedQuery: null,
  },
  relay: {
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    cursorType: "String",
    pageInfoTypeOptions: { description: "The position of a page in its connection." },
    pageInfoFieldOptions: { description: "The position of this page in the connection." },
    hasNextPageFieldOptions: { description: "Whether more entries follow." },
    hasPreviousPageFieldOptions: { description: "Whether more entries come before." },
    startCursorFieldOptions: { description: "Cursor of the page's first entry, for `before`." },
    endCursorFieldOptions: { description: "Cursor of the page's last entry, for `after`." },
    edgesFieldOptions: { description: "The entries of this page with their cursors.", nullable: false },
    cursorFieldOptions: { description: "An opaque cursor that points at this entry." },
    nodeFieldOptions: { description: "The entry itself.", nullable: false },
    firstArgOptions: { description: `The number of entries from the start: 20 by default, 100 at most.` },
    lastArgOptions: { description: `The number of entries from the end: 100 at most.` },
    afterArgOptions: { description: "Only the entries after this cursor." },
    beforeArgOptions: { description: "Only the entries before this cursor." },
  },
});

builder.queryType({ description: "All that can be read." });
builder.mutationType({ description: "All that can be changed." });
builder.subscriptionType({
  description:
    "What is pushed, all on this path: over WebSocket (graphql-ws), Server-Sent Events (GraphQL over SSE), and multipart HTTP (`multipart/mixed;subscriptionSpec=1.0`).",
});
builder.addScalarType("Date", DateResolver);
builder.addScalarType("DateTime", DateTimeISOResolver);
