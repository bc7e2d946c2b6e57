import type { CodegenConfig } from "@graphql-codegen/cli";

/** `npm run codegen`: types for the documents that tools, tests and examples write with the `graphql()` tag. */
const config: CodegenConfig = {
  schema: "schema.graphql",
  documents: ["{examples,tools,test}/**/*.ts", "!**/generated/**"],
  ignoreNoDocuments: true,
  generates: {
    "tools/generated/graphql/": {
      preset: "client",
      presetConfig: { fragmentMasking: false, skipIndexFile: true },
      config: {
        documentMode: "string",
        enumType: "string-literal",
        useTypeImports: true,
        importExtension: ".ts",
        strictScalars: true,
        scalars: { Date: "string", DateTime: "string" },
      },
    },
  },
};

export default config;
