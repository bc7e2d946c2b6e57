import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { minifyDocuments } from "../../packages/client/minify-documents.ts";

/** `npm run check:client-size`: what `createChatClient` adds to a page, without graphql-ws, in bytes as gzip packs them. */
const LIMIT = 9_100;

const { outputFiles } = await build({
  stdin: { contents: `export { createChatClient } from "./packages/client/src/index.ts";`, resolveDir: "." },
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  external: ["graphql-ws"],
  write: false,
  plugins: [
    {
      name: "minify documents",
      setup({ onLoad }) {
        onLoad({ filter: /packages\/client\/src\/.*\.ts$/ }, ({ path }) => ({
          contents: minifyDocuments(readFileSync(path, "utf8")),
          loader: "ts",
        }));
      },
    },
  ],
});
const size = outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).byteLength, 0);
console.log(`client: ${size} bytes of ${LIMIT}`);
if (size === 0 || size > LIMIT) {
  console.error(`The client's core must have 1 to ${LIMIT} bytes: what not everybody needs has an entry of its own.`);
  process.exitCode = 1;
}
