import { createClient } from "graphql-ws";
import "../generated/graphiql/graphiql.css";
import { createFetcher } from "./fetcher.ts";
import logo from "./logo.svg?raw";
import { createMemory } from "./memory.ts";
import "./style.css";
import { TABS } from "./tabs.ts";

declare global {
  // What GraphiQL's script brings and what Monaco, inside of it, reads.
  var YogaGraphiQL: { renderYogaGraphiQL(root: Element | null, props: Record<string, unknown>): void };
  var MonacoEnvironment: { getWorkerUrl(moduleId: string, label: string): string };
}

const FILES = import.meta.glob<string>("../generated/graphiql/*.js", { query: "?url", import: "default", eager: true });
const urlOf = (name: string) => FILES[`../generated/graphiql/${name}.js`] ?? "";
globalThis.MonacoEnvironment = { getWorkerUrl: (_, label) => urlOf(label) };

/** Under names of our own: any other GraphiQL on the same port has its own too. */
const PREFIX = "colloquy-graphiql/";
const storage = {
  length: 1,
  getItem: (name: string) => localStorage.getItem(PREFIX + name),
  setItem: (name: string, value: string) => localStorage.setItem(PREFIX + name, value),
  removeItem: (name: string) => localStorage.removeItem(PREFIX + name),
  clear: () => Object.keys(localStorage).forEach((name) => name.startsWith(PREFIX) && localStorage.removeItem(name)),
};
// An old release's stored tabs must not hide a new one's.
if (storage.getItem("release") !== JSON.stringify(TABS)) storage.removeItem("graphiql:tabState");
storage.setItem("release", JSON.stringify(TABS));

const fetcher = createFetcher({
  // Where the page came from is where the API is, whatever host or path a proxy gave it.
  endpoint: location.origin + location.pathname,
  memory: createMemory(storage),
  fetch: (input, init) => fetch(input, init),
  createClient,
});

type Tabs = { tabs: { query: string; variables: string }[]; activeTabIndex: number };
const query = new URLSearchParams(location.search).get("query");
const defaultTabs = [...(query === null ? [] : [{ query, variables: "" }]), ...TABS];
const { tabs, activeTabIndex } = JSON.parse(storage.getItem("graphiql:tabState") ?? '{"tabs":[]}') as Tabs;
const shown = (query === null && tabs[activeTabIndex]) || defaultTabs[0];

const props = {
  fetcher,
  title: "Colloquy",
  logo,
  storage,
  defaultTabs,
  // GraphiQL opens one more tab when these are not a stored tab's, and stores them apart from it and a little later.
  // Of the default tabs it would leave out the first one's variables.
  initialQuery: shown?.query ?? "",
  initialVariables: shown?.variables ?? "",
  defaultEditorToolsVisibility: "variables",
  // A token that somebody typed would stay on the disk.
  shouldPersistHeaders: false,
  // Yoga would write each edit into the address, and a reload would then open it as one more tab.
  onEditQuery: () => {},
};
const script = document.createElement("script");
script.src = urlOf("graphiql");
script.addEventListener("load", () => YogaGraphiQL.renderYogaGraphiQL(document.querySelector("#root"), props));
document.head.append(script);
