import { post } from "../../../packages/client/src/request.ts";
import { apiUrl } from "../app/addresses.ts";

/** What the server tells of a session; the refresh token stays in a cookie that no script can read. */
export type PageSession = Readonly<{ accessToken: string; expiresIn: number; sessionId: string; userId: string }>;

/**
 * Calls `POST /session/<name>`. It goes on when the page is left: an answer that sets the cookie must not be lost.
 *
 * @returns null when nobody is signed in
 * @throws {ApiError} what the server refuses; {NetworkError} when it cannot be reached
 */
export async function callSession(name: string, input: object = {}): Promise<PageSession | null> {
  const endpoint = { url: apiUrl(`session/${name}`), fetch: window.fetch.bind(window) };
  return ((await post(endpoint, input, { keepalive: true })) ?? null) as PageSession | null;
}
