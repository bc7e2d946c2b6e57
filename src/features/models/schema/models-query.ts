import { builder } from "../../../graphql/builder.ts";
import { listModels } from "../list-models.ts";
import "./model.ts";

builder.queryField("models", (t) =>
  t.withAuth({ signedIn: true }).field({
    type: ["Model"],
    description:
      "The models that rooms can choose, those of other plans as well: `Model.plans` says which plans cover each.",
    resolve: (_root, _args, { app }) => listModels(app),
  }),
);
