/**
 * Styles of our own, in GraphiQL's colours, so that they follow its light and dark theme.
 *
 * The tabs' `transform`: with tabs from the start GraphiQL 5 leaves a stale one on each, hides it with a rule that ends
 * at the focus, and so the first press makes the tab jump from under the mouse and is lost.
 */
export const PAGE_STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; overflow: hidden; }
#root { height: 100dvh; }
.graphiql-container .graphiql-tab { transform: none !important; }
.graphiql-container .graphiql-tabs { counter-reset: tab; }
.graphiql-container .graphiql-tab-button::before {
  counter-increment: tab; content: counter(tab); margin-right: 7px;
  font-variant-numeric: tabular-nums; opacity: 0.55;
}
#graphiql-session { flex: 1; min-height: 0; }
.graphiql-container .graphiql-editors { min-height: 0; }
.graphiql-container .graphiql-response { min-height: 0; overflow: hidden; }
.graphiql-container .graphiql-response .result-window { min-height: 0; overflow: hidden; }
@media (max-width: 700px) {
  .graphiql-container .graphiql-sidebar, .graphiql-container .graphiql-logo,
  .graphiql-container .graphiql-horizontal-drag-bar { display: none; }
  .graphiql-container .graphiql-sessions { margin: 0; border-radius: 0; }
  #graphiql-session { flex-direction: column; padding: 0; }
  #graphiql-session > div { flex: 1 1 50% !important; min-width: 0; min-height: 0; width: 100%; }
  .graphiql-container .graphiql-editors { border-radius: 0; overflow: hidden; }
}
.page-loading { font: 15px/1.5 system-ui, sans-serif; padding: 24px; opacity: 0.6; }
.reply-panel {
  display: flex; flex-direction: column; flex: 0 0 50%; min-height: 0;
  margin-top: 12px; border-radius: 8px; overflow: hidden;
  background: hsl(var(--color-base)); color: hsl(var(--color-neutral));
  box-shadow: 0 0 0 1px hsla(var(--color-neutral), var(--alpha-background-heavy));
}
.reply-panel-head {
  display: flex; flex-wrap: wrap; gap: 2px 12px; align-items: baseline; padding: 10px 14px;
  font: 13px/1.4 var(--font-family); border-bottom: 1px solid hsla(var(--color-neutral), var(--alpha-background-light));
}
.reply-panel-title { font-weight: 500; }
.reply-panel-facts { color: hsla(var(--color-neutral), var(--alpha-secondary)); font-variant-numeric: tabular-nums; }
.reply-panel-text {
  flex: 1; padding: 12px 14px; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere;
  font: 15px/1.6 var(--font-family);
}
.reply-panel[data-status="PENDING"] .reply-panel-text::after,
.reply-panel[data-status="STREAMING"] .reply-panel-text::after {
  content: ""; display: inline-block; width: 8px; height: 8px; margin-left: 6px; border-radius: 50%;
  background: hsl(var(--color-primary));
}
`;
