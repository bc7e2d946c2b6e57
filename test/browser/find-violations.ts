import axe from "axe-core";
import type { Page } from "playwright-core";

/** By which Base UI keeps the focus in a popup: they pass it on at once. */
const CONTEXT = { exclude: [["[data-base-ui-focus-guard]"]] };
/** Popups stand beside the page's landmarks, as the ARIA practices have it. */
const OPTIONS = { rules: { region: { enabled: false } } };

/** What axe finds on the page as it is: the rule, and the elements that break it. */
export async function findViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  // Colours that fade in have no contrast yet.
  await page.evaluate("Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {})))");
  return page.evaluate<string[]>(
    `axe.run(${JSON.stringify(CONTEXT)}, ${JSON.stringify(OPTIONS)}).then(({ violations }) =>
      violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html, failureSummary }) => html.slice(0, 200) + " " + failureSummary).join("; ")))`,
  );
}
