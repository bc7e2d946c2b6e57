import { createClient } from "graphql-ws";
import editorWorker from "../generated/graphiql/editor-worker.js?url";
import graphqlWorker from "../generated/graphiql/graphql-worker.js?url";
import jsonWorker from "../generated/graphiql/json-worker.js?url";
import graphiqlScript from "../generated/graphiql/graphiql.js?url";
import "../generated/graphiql/graphiql.css";
import { createFetcher } from "./fetcher.ts";
import logo from "./logo.svg?raw";
import { createMemory } from "./memory.ts";
import { createReplyPanel } from "./reply-panel.ts";
import { createStorage } from "./storage.ts";
import "./style.css";
import { TABS } from "./tabs.ts";
import { createTokens } from "./tokens.ts";

type Tabs = { tabs: { query: string | null; variables: string | null }[]; activeTabIndex: number };

declare global {
  // What GraphiQL's script brings and what Monaco, inside of it, reads.
  var YogaGraphiQL: { renderYogaGraphiQL(root: Element | null, props: Record<string, unknown>): void };
  var MonacoEnvironment: { getWorkerUrl(moduleId: string, label: string): string };
}

const WORKERS: Readonly<Record<string, string>> = {
  editorWorkerService: editorWorker,
  json: jsonWorker,
  graphql: graphqlWorker,
};

// Where the page came from is where the API is, whatever host or path a proxy gave it.
const endpoint = location.origin + location.pathname;
const memory = createMemory(localStorage);
const fetch: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, init);
const tokens = createTokens({ endpoint, memory, fetch, locks: navigator.locks });
const showReply = createReplyPanel(document.querySelector("template") as HTMLTemplateElement);
const fetcher = createFetcher({ endpoint, memory, tokens, fetch, createClient, onEvent: showReply });
const storage = createStorage("colloquy-graphiql/");
// An old release's stored tabs must not hide a new one's.
if (storage.getItem("release") !== JSON.stringify(TABS)) {
  storage.clear();
  storage.setItem("release", JSON.stringify(TABS));
}

const query = new URLSearchParams(location.search).get("query");
const linked = query === null ? undefined : { query, variables: "" };
const tabs = linked ? [linked, ...TABS] : TABS;
const shown = linked ?? readStoredTab() ?? tabs[0];
let activeTab: number | undefined;

globalThis.MonacoEnvironment = { getWorkerUrl: (_, label) => WORKERS[label] ?? "" };
const script = document.createElement("script");
script.src = graphiqlScript;
script.addEventListener("load", render);
document.head.append(script);

function render(): void {
  YogaGraphiQL.renderYogaGraphiQL(document.querySelector("#root"), {
    fetcher,
    title: "Colloquy",
    logo,
    defaultTabs: tabs,
    // GraphiQL opens one more tab when these are not a stored tab's, and stores them apart from it and a little later.
    // Of the default tabs it would leave out the first one's variables.
    initialQuery: shown?.query ?? "",
    initialVariables: shown?.variables ?? "",
    defaultEditorToolsVisibility: "variables",
    storage,
    // A token that somebody typed would stay on the disk.
    shouldPersistHeaders: false,
    onTabChange: leaveTab,
    // Yoga would write each edit into the address, and a reload would then open it as one more tab.
    onEditQuery: () => {},
  });
}

/** Called for every change of a tab's content too, so also for each event that is shown. */
function leaveTab({ activeTabIndex }: Tabs): void {
  if (activeTab !== undefined && activeTab !== activeTabIndex) {
    fetcher.leave();
    showReply(null);
  }
  activeTab = activeTabIndex;
}

/** The tab that was open at last, if there is one. */
function readStoredTab(): Tabs["tabs"][number] | undefined {
  try {
    const stored = JSON.parse(storage.getItem("graphiql:tabState") ?? "") as Tabs;
    return stored.tabs[stored.activeTabIndex];
  } catch {
    return undefined; // As GraphiQL does: what cannot be read counts as not stored.
  }
}
