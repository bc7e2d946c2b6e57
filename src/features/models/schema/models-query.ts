import { builder } from "../../../graphql/builder.ts";
import { listModels } from "../list-models.ts";
import "./model.ts";

builder.queryField("models", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: ["Model"],
    description:
      "The models that rooms can choose, also those of other plans: `Model.plans` lists the plans that cover each.",
    resolve: (_root, _args, { app }) => listModels(app),
  }),
);
