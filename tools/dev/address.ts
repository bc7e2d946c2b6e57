import { findFreePort, isPortFree } from "../local-stack/ports.ts";

/** Where the API will listen. */
export type Address = Readonly<{ port: number; origin: string; url: string; wsUrl: string }>;

const DEFAULT_PORT = 4000;
const MAX_PORT = 65_535;

/**
 * Chooses the API's port: the one that is asked for, or else 4000, or the next free one after it.
 *
 * @param env `HOST`, `PORT` (0: any free one) and `WORKER_HEALTH_PORT`
 * @param say hears that the usual port is taken
 * @throws when a port that was asked for is taken, with what to set
 */
export async function chooseAddress(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<Address> {
  const host = env["HOST"] || "127.0.0.1";
  const port = await choosePort(host, env["PORT"], say);
  await checkWorkerPort(env["WORKER_HEALTH_PORT"], port);
  const authority = `${["0.0.0.0", "::"].includes(host) ? "127.0.0.1" : host}:${port}`;
  return {
    port,
    origin: `http://${authority}`,
    url: `http://${authority}/graphql`,
    wsUrl: `ws://${authority}/graphql`,
  };
}

async function choosePort(host: string, wanted: string | undefined, say: (line: string) => void): Promise<number> {
  if (wanted) {
    const port = readPort("PORT", wanted);
    if (port === 0) return findFreePort();
    if (await isPortFree(port, host)) return port;
    throw new Error(`Another program listens on ${host}:${port}. Set PORT to another one, or to 0 for any free one`);
  }
  let port = DEFAULT_PORT;
  while (!(await isPortFree(port, host))) port += 1;
  if (port !== DEFAULT_PORT) {
    say(`Another program listens on port ${DEFAULT_PORT}, so the API takes ${port}. Set PORT to choose one.`);
  }
  return port;
}

async function checkWorkerPort(wanted: string | undefined, apiPort: number): Promise<void> {
  if (!wanted) return;
  const port = readPort("WORKER_HEALTH_PORT", wanted);
  if (port === 0) return;
  if (port === apiPort) throw new Error(`PORT and WORKER_HEALTH_PORT are both ${port}. Set one of them to another one`);
  if (await isPortFree(port, "::").catch(() => isPortFree(port, "0.0.0.0"))) return;
  throw new Error(`Another program listens on port ${port}. Set WORKER_HEALTH_PORT to another one, or leave it empty`);
}

function readPort(name: string, text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= MAX_PORT) return port;
  throw new Error(`${name} must be a whole number from 0 to ${MAX_PORT}, not ${text}`);
}
