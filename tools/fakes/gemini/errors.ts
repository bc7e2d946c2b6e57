/** The canonical status of an error and Gemini's own words for it. */
const ERRORS: Readonly<Record<number, readonly [status: string, message: string]>> = {
  400: ["INVALID_ARGUMENT", "Request contains an invalid argument."],
  401: ["UNAUTHENTICATED", "Request had invalid authentication credentials."],
  403: ["PERMISSION_DENIED", "The caller does not have permission."],
  404: ["NOT_FOUND", "Requested entity was not found."],
  408: ["DEADLINE_EXCEEDED", "The request timed out."],
  409: ["ABORTED", "The operation was aborted."],
  429: [
    "RESOURCE_EXHAUSTED",
    "You exceeded your current quota, please check your plan and billing details. For more information on this error, " +
      "head to: https://ai.google.dev/gemini-api/docs/rate-limits.",
  ],
  499: ["CANCELLED", "The operation was cancelled."],
  500: ["INTERNAL", "An internal error has occurred. Please retry or report in https://ai.google.dev/gemini-api/docs."],
  503: ["UNAVAILABLE", "The model is overloaded. Please try again later."],
  504: ["DEADLINE_EXCEEDED", "Deadline expired before operation could complete."],
};

export type ErrorExtras = Readonly<{
  message?: string | undefined;
  /** Seconds. */
  retryAfter?: number | undefined;
  /** The `reason` of an `ErrorInfo`, such as `API_KEY_INVALID`. */
  reason?: string | undefined;
  /** More details, as they are. */
  details?: readonly object[] | undefined;
}>;

/** The JSON body of an error, shaped as google.rpc.Status is. */
export function errorBody(code: number, extras: ErrorExtras = {}) {
  const [status, message] = ERRORS[code] ?? ["UNKNOWN", "Unknown error."];
  const details = [
    ...(extras.details ?? []),
    ...(extras.reason === undefined ? [] : [errorInfo(extras.reason)]),
    ...(extras.retryAfter === undefined ? [] : [retryInfo(extras.retryAfter)]),
  ];
  return {
    error: { code, message: extras.message ?? message, status, ...(details.length > 0 ? { details } : {}) },
  };
}

/** What Gemini answers to a key that it does not know: a 400, not a 401. */
export function invalidKeyBody() {
  return errorBody(400, { message: "API key not valid. Please pass a valid API key.", reason: "API_KEY_INVALID" });
}

/** A quota of requests that is used up; one of a day differs from one of a minute by its `quotaId` alone. */
export type Quota = Readonly<{ model: string; per: "minute" | "day"; retryAfter: number }>;

/** The 429 of a quota, as the free tier gets it. */
export function quotaBody({ model, per, retryAfter }: Quota) {
  const metric = "generativelanguage.googleapis.com/generate_content_free_tier_requests";
  const limit = per === "day" ? "250" : "10";
  const violation = {
    quotaMetric: metric,
    quotaId: `GenerateRequestsPer${per === "day" ? "Day" : "Minute"}PerProjectPerModel-FreeTier`,
    quotaDimensions: { location: "global", model },
    quotaValue: limit,
  };
  const help = {
    description: "Learn more about Gemini API quotas",
    url: "https://ai.google.dev/gemini-api/docs/rate-limits",
  };
  return errorBody(429, {
    message:
      `${ERRORS[429]?.[1]} \n* Quota exceeded for metric: ${metric}, limit: ${limit}, model: ${model}\n` +
      `Please retry in ${retryAfter}s.`,
    details: [
      { "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations: [violation] },
      { "@type": "type.googleapis.com/google.rpc.Help", links: [help] },
    ],
    retryAfter,
  });
}

/** The 404 of a model that was shut down. */
export function retiredBody(model: string) {
  return errorBody(404, {
    message:
      `This model models/${model} is no longer available. Please update your code to use a newer model for the latest ` +
      "features and improvements.",
  });
}

/** A field of the request that the API does not have, at `path` as the API writes it (snake_case; empty at the top). */
export type UnknownField = Readonly<{ path: string; name: string }>;

/** The 400 for unknown fields. */
export function unknownFieldsBody(fields: readonly UnknownField[]) {
  const fieldViolations = fields.map(({ path, name }) => ({
    ...(path === "" ? {} : { field: path }),
    description: `Invalid JSON payload received. Unknown name "${name}"${path === "" ? "" : ` at '${path}'`}: Cannot find field.`,
  }));
  return errorBody(400, {
    message: fieldViolations.map(({ description }) => description).join("\n"),
    details: [{ "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations }],
  });
}

function errorInfo(reason: string) {
  return {
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    reason,
    domain: "googleapis.com",
    metadata: { service: "generativelanguage.googleapis.com" },
  };
}

function retryInfo(seconds: number) {
  return { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${seconds}s` };
}
