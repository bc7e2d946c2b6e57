// Somebody else: a thread of its own that asks a small question 40 times a second and notes how long the answer takes.
import { Agent, request } from "node:http";
import { parentPort, workerData } from "node:worker_threads";

const EVERY_MS = 25;
const { url, token } = workerData;
const agent = new Agent({ keepAlive: true, maxSockets: 50 });
const body = JSON.stringify({ query: "{ me { id } }" });
const headers = {
  "content-type": "application/json",
  "content-length": Buffer.byteLength(body),
  authorization: `Bearer ${token}`,
};
let taken = [];
let failed = 0;

function ask() {
  const began = performance.now();
  const asked = request(url, { method: "POST", agent, headers }, (response) => {
    response.resume();
    response.on("end", () => {
      if (response.statusCode === 200) taken.push(performance.now() - began);
      else failed += 1;
    });
  });
  asked.on("error", () => (failed += 1));
  asked.end(body);
}

setInterval(ask, EVERY_MS);
parentPort.on("message", () => {
  const sorted = taken.toSorted((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
  parentPort.postMessage({ p50: at(0.5), p99: at(0.99), asked: sorted.length, failed });
  taken = [];
  failed = 0;
});
