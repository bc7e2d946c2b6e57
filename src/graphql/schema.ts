import "../account-feed/schema.ts";
import "../account/schema.ts";
import "../auth/schema.ts";
import "../billing/schema.ts";
import "../chat/schema.ts";
import "../replies/schema.ts";
import "../usage/schema.ts";
import { assertRulesStated } from "./assert-rules-stated.ts";
import { builder } from "./builder.ts";

/** The API's schema, put together from the features' parts. No process starts with one that forgets a rule. */
export const schema = assertRulesStated(builder.toSchema({ sortSchema: true }));
