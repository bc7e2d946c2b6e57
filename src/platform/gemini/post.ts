import type { Fetch } from "@google/genai";
import http, { type IncomingMessage } from "node:http";
import https from "node:https";

/**
 * Sends the SDK's request by Node's own client, in place of `fetch`: a chunk of an answer that comes through its web streams costs 26 µs, and
 * one that comes this way 10 µs. Follows no redirect, which would carry the API key's header to wherever it points.
 *
 * @returns the head of the answer; its body has to be read
 * @throws what the network does wrong
 */
export function post(...[input, init = {}]: Parameters<Fetch>): Promise<IncomingMessage> {
  const url = new URL(input instanceof Request ? input.url : input);
  const { body, headers, signal } = init;
  const { request } = url.protocol === "http:" ? http : https;
  return new Promise((resolve, reject) => {
    const options = {
      method: "POST",
      headers: { ...Object.fromEntries(new Headers(headers)), "accept-encoding": "identity" },
      ...(signal && { signal }),
    };
    const asked = request(url, options, resolve);
    // An error after the head reaches the reader of the body as well.
    asked.on("error", reject);
    asked.end(body);
  });
}
