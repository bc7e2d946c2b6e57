import SchemaBuilder from "@pothos/core";
import ComplexityPlugin from "@pothos/plugin-complexity";
import PrismaPlugin from "@pothos/plugin-prisma";
import RelayPlugin from "@pothos/plugin-relay";
import ScopeAuthPlugin from "@pothos/plugin-scope-auth";
import { DateResolver, DateTimeISOResolver } from "graphql-scalars";
import { DomainError } from "../errors.ts";
import type PrismaTypes from "../generated/pothos.ts";
import { getDatamodel } from "../generated/pothos.ts";
import type { Message, MessageStatus } from "../generated/prisma/client.ts";
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
  Objects: { Message: Message; MessageStatus: MessageStatus };
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
    pageInfoTypeOptions: { description: "Where a page of a connection stands in the whole." },
    pageInfoFieldOptions: { description: "Where this page stands in the whole." },
    hasNextPageFieldOptions: { description: "Whether more follow." },
    hasPreviousPageFieldOptions: { description: "Whether more came before." },
    startCursorFieldOptions: { description: "Cursor of the page's first entry, for `before`." },
    endCursorFieldOptions: { description: "Cursor of the page's last entry, for `after`." },
    edgesFieldOptions: { description: "The entries of this page with their cursors.", nullable: false },
    cursorFieldOptions: { description: "Opaque place of this entry in the connection." },
    nodeFieldOptions: { description: "The entry itself.", nullable: false },
    firstArgOptions: { description: `At most so many from the start: 20 if nothing is said, 100 at most.` },
    lastArgOptions: { description: `At most so many from the end: 100 at most.` },
    afterArgOptions: { description: "Only what follows this cursor." },
    beforeArgOptions: { description: "Only what comes before this cursor." },
  },
});

builder.queryType({ description: "What can be read." });
builder.mutationType({ description: "What can be changed." });
builder.subscriptionType({
  description:
    "What is pushed, all on this path: over WebSocket (graphql-ws), Server-Sent Events (GraphQL over SSE), and multipart HTTP (`multipart/mixed;subscriptionSpec=1.0`).",
});
builder.addScalarType("Date", DateResolver);
builder.addScalarType("DateTime", DateTimeISOResolver);
