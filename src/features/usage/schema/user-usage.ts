import { builder } from "../../../graphql/builder.ts";
import { readUsage } from "../read-usage.ts";
import { Usage } from "./usage.ts";

builder.prismaObjectField("User", "usage", (t) =>
  t.field({
    type: Usage,
    description: "The messages sent today, and what is left of the plan.",
    select: { id: true },
    resolve: ({ id }, _args, { app }) => readUsage(app, id),
  }),
);
