import { newId, type StripeAccount } from "./stripe-account.ts";
import { textOf, type Params } from "./stripe-params.ts";

/** A request as the API sees it. */
export type ApiRequest = Readonly<{ method: string; path: string; params: Params }>;
export type ApiAnswer = Readonly<{ status: number; body: object; headers?: Readonly<Record<string, string>> }>;

type Handler = (account: StripeAccount, params: Params, id: string) => object | undefined;

/** The routes that Colloquy uses. What a handler does not find is `resource_missing`. */
const ROUTES: readonly [method: string, path: RegExp, handler: Handler][] = [
  ["POST", /^\/v1\/customers$/, (account, { metadata }) => account.createCustomer(stringsOf(metadata))],
  // Every customer is new enough for a request for new ones.
  ["GET", /^\/v1\/customers$/, (account) => listOf(account.customers().filter(({ deleted }) => !deleted))],
  [
    "GET",
    /^\/v1\/customers\/([^/]+)$/,
    (account, _params, id) => {
      const found = account.findCustomer(id);
      return found?.deleted ? { id, object: "customer", deleted: true } : found;
    },
  ],
  [
    "DELETE",
    /^\/v1\/customers\/([^/]+)$/,
    (account, _params, id) => {
      if (!live(account, id)) return undefined;
      account.deleteCustomer(id);
      return { id, object: "customer", deleted: true };
    },
  ],
  [
    "GET",
    /^\/v1\/subscriptions$/,
    (account, params) => {
      const customer = textOf(params, "customer");
      if (!account.findCustomer(customer)) return undefined;
      const expanded = JSON.stringify(params["expand"] ?? []).includes("data.latest_invoice");
      const all = account
        .subscriptionsOf(customer)
        .filter((each) => params["status"] === "all" || each.status !== "canceled")
        .map((each) =>
          expanded ? each : Object.assign(structuredClone(each), { latest_invoice: each.latest_invoice.id }),
        );
      return listOf(all);
    },
  ],
  [
    "DELETE",
    /^\/v1\/subscriptions\/([^/]+)$/,
    (account, _params, id) => {
      const found = account.findSubscription(id);
      return found && found.status !== "canceled" ? account.cancelNow(id) : undefined;
    },
  ],
  [
    "POST",
    /^\/v1\/checkout\/sessions$/,
    (account, params) => {
      const customer = live(account, textOf(params, "customer"));
      if (!customer) return undefined;
      return account.createCheckout({
        customer: customer.id,
        success_url: textOf(params, "success_url"),
        cancel_url: textOf(params, "cancel_url"),
        metadata: stringsOf(params["metadata"]),
      });
    },
  ],
  [
    "GET",
    /^\/v1\/checkout\/sessions$/,
    (account, params) => {
      const { status, limit } = params;
      const all = account.checkoutsOf(textOf(params, "customer"));
      const wanted = all.filter((each) => status === undefined || each.status === status);
      return listOf(wanted.slice(0, Number(limit ?? 10)));
    },
  ],
  [
    "POST",
    /^\/v1\/checkout\/sessions\/([^/]+)\/expire$/,
    (account, _params, id) => (account.findCheckout(id)?.status === "open" ? account.expireCheckout(id) : undefined),
  ],
  [
    "POST",
    /^\/v1\/billing_portal\/sessions$/,
    (account, params) => {
      const found = live(account, textOf(params, "customer"));
      if (!found) return undefined;
      const id = newId("bps");
      return { id, object: "billing_portal.session", customer: found.id, url: `https://billing.stripe.test/${id}` };
    },
  ],
  ["GET", /^\/v1\/charges\/([^/]+)$/, (account, _params, id) => account.findCharge(id)],
];

/** Answers as Stripe does, with its status and its errors. */
export function answerApi(account: StripeAccount, { method, path, params }: ApiRequest): ApiAnswer {
  for (const [wanted, pattern, handler] of ROUTES) {
    const [matched, id = ""] = pattern.exec(path) ?? [];
    if (wanted !== method || matched === undefined) continue;
    const body = handler(account, params, id);
    // As it is now: it may be sent later.
    return body ? { status: 200, body: structuredClone(body) } : refuse(404, "resource_missing", `No such ${path}`);
  }
  return refuse(404, "url_invalid", `Unrecognized request URL (${method}: ${path}).`);
}

export const refuse = (
  status: number,
  code: string,
  message: string,
  type = "invalid_request_error",
  param?: string,
): ApiAnswer => ({ status, body: { error: { type, code, message, ...(param !== undefined && { param }) } } });

function live(account: StripeAccount, id: string) {
  const found = account.findCustomer(id);
  return found?.deleted ? undefined : found;
}

const listOf = (data: readonly object[]): object => ({ object: "list", data, has_more: false, url: "/v1" });

function stringsOf(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, String(each)]));
}
