import type { createClient } from "graphql-ws";
import type { createFetcher, Fetcher } from "./fetcher.ts";
import type { createMemory, KeyValueStore } from "./memory.ts";
import type { createReplyPanel, PageDocument } from "./reply-panel.ts";
import type { GraphiqlTab } from "./tabs.ts";
import type { createTokens, Locks } from "./tokens.ts";

type TabState = { tabs: { query: string | null; variables: string | null }[]; activeTabIndex: number };

/** What the server tells its page. No secret is among it: anybody can read it. */
export type PageOptions = {
  tabs: readonly GraphiqlTab[];
  /** Changes when the tabs do, so that an old release's stored tabs do not hide a new one's. */
  tabsVersion: string;
  filledBy: Readonly<Record<string, string>>;
  title: string;
  logo: string;
  /** Monaco's workers: label to address. */
  workers: Readonly<Record<string, string>>;
};

/** The parts, handed in because each is known in the page by its own text only. */
export type PageParts = {
  createMemory: typeof createMemory;
  createTokens: typeof createTokens;
  createFetcher: typeof createFetcher;
  createReplyPanel: typeof createReplyPanel;
};

/** The part of the browser's `window` that is needed here. */
export type PageWindow = {
  document: PageDocument;
  location: { origin: string; pathname: string; search: string };
  localStorage: KeyValueStore & Record<string, unknown>;
  navigator: { locks?: Locks };
  fetch: typeof fetch;
  graphqlWs: { createClient: typeof createClient };
  YogaGraphiQL: { renderYogaGraphiQL(root: unknown, props: Record<string, unknown> & { fetcher: Fetcher }): void };
  MonacoEnvironment?: { getWorkerUrl(moduleId: string, label: string): string };
};

/**
 * Starts GraphiQL in the page.
 * Runs in the browser: the page gets this function's own text, so it can use nothing from outside of itself.
 */
export function startPage(window: PageWindow, options: PageOptions, parts: PageParts): void {
  // Where the page came from is where the API is, whatever host or path a proxy gave it.
  const endpoint = window.location.origin + window.location.pathname;
  const fetch: typeof window.fetch = (input, init) => window.fetch(input, init);
  const memory = parts.createMemory(window.localStorage, options.filledBy);
  const panel = parts.createReplyPanel(window.document);
  const fetcher = parts.createFetcher({
    endpoint,
    memory,
    tokens: parts.createTokens({ endpoint, memory, fetch, locks: window.navigator.locks }),
    fetch,
    createClient: window.graphqlWs.createClient,
    onEvent: (data) => panel.show(data),
  });

  const storage = ownStorage(`colloquy/${options.tabsVersion}/`);
  const query = new URLSearchParams(window.location.search).get("query");
  const linked = query === null ? undefined : { query, variables: "" };
  const tabs = linked ? [linked, ...options.tabs] : options.tabs;
  const shown = linked ?? storedTab() ?? tabs[0];
  let activeTab: number | undefined;

  window.MonacoEnvironment = { getWorkerUrl: (_, label) => options.workers[label] ?? "" };
  window.YogaGraphiQL.renderYogaGraphiQL(window.document.querySelector("#root"), {
    fetcher,
    title: options.title,
    logo: options.logo,
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

  /** Called for every change of a tab's content too, so also for each event that is shown. */
  function leaveTab({ activeTabIndex }: { activeTabIndex: number }): void {
    if (activeTab !== undefined && activeTab !== activeTabIndex) {
      fetcher.leave();
      panel.show(null);
    }
    activeTab = activeTabIndex;
  }

  /** The tab that was open at last, if there is one. */
  function storedTab(): TabState["tabs"][number] | undefined {
    try {
      const stored = JSON.parse(storage.getItem("graphiql:tabState") ?? "") as TabState;
      return stored.tabs[stored.activeTabIndex];
    } catch {
      return undefined; // As GraphiQL does: what cannot be read counts as not stored.
    }
  }

  /** GraphiQL's tabs and settings under names of our own: any other GraphiQL on the same port has its own too. */
  function ownStorage(prefix: string) {
    const names = () => Object.keys(window.localStorage).filter((name) => name.startsWith(prefix));
    return {
      getItem: (name: string): string | null => window.localStorage.getItem(prefix + name),
      setItem: (name: string, value: string) => window.localStorage.setItem(prefix + name, value),
      removeItem: (name: string) => window.localStorage.removeItem(prefix + name),
      clear: () => names().forEach((name) => window.localStorage.removeItem(name)),
      get length() {
        return names().length;
      },
    };
  }
}
