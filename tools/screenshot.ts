import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { openGraphiql } from "./browser/graphiql.ts";

/**
 * Photographs GraphiQL while a reply is being written, for the README. Needs a running API (`npm run dev`) whose
 * answers hold the one-time code.
 *
 *     npx tsx tools/screenshot.ts [http://localhost:4000/graphql] [docs/images/graphiql.png] [light|dark]
 */
const [url = "http://localhost:4000/graphql", file = "docs/images/graphiql.png", theme = "light"] =
  process.argv.slice(2);

const graphiql = await openGraphiql(url, theme === "dark" ? "dark" : "light");
try {
  await graphiql.run("SendCode");
  await graphiql.responseShows('"code"');
  await graphiql.run("EnterCode");
  await graphiql.responseShows('"accessToken"');
  await graphiql.run("CreateRoom");
  await graphiql.responseShows('"createChatroom"');
  await graphiql.run("SendMessage");
  await graphiql.responseShows('"PENDING"');
  await graphiql.run("WatchReply");
  await graphiql.replyShows("STREAMING", /.{500}/s);
  await mkdir(dirname(file), { recursive: true });
  await graphiql.page.screenshot({ path: file });
} finally {
  await graphiql.close();
}
if (graphiql.complaints.length > 0) throw new Error(graphiql.complaints.join("\n"));
