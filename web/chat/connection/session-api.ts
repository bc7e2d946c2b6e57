import { apiUrl } from "../app/addresses.ts";

/** What the server tells of a session; the refresh token stays in a cookie that no script can read. */
export type PageSession = Readonly<{ accessToken: string; expiresIn: number; sessionId: string; userId: string }>;

/** A refusal of the API, by the code of its errors. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, details: Readonly<Record<string, unknown>>) {
    super(message);
    this.code = String(details["code"]);
    this.details = details;
  }
}

type Answer = { data?: PageSession | null; errors?: { message: string; extensions: Record<string, unknown> }[] };

/**
 * Calls `POST /session/<name>`. It goes on when the page is left: an answer that sets the cookie must not be lost.
 *
 * @returns null when nobody is signed in
 * @throws {ApiError} what the server refuses; {TypeError} when it cannot be reached
 */
export async function callSession(name: string, input: object = {}): Promise<PageSession | null> {
  const response = await fetch(apiUrl(`session/${name}`), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(input),
    keepalive: true,
  });
  const { data, errors: [error] = [] } = await readAnswer(response);
  if (error) throw new ApiError(error.message, error.extensions);
  return data ?? null;
}

async function readAnswer(response: Response): Promise<Answer> {
  try {
    return (await response.json()) as Answer;
  } catch {
    // A proxy's page, for example.
    throw new ApiError("The server cannot be reached.", { code: "UNAVAILABLE" });
  }
}
