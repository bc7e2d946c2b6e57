import { request } from "node:http";
import { json } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Colloquy } from "../_support/colloquy.ts";
import { openRawSocket } from "../_support/raw-socket.ts";
import type { TestProcess } from "../_support/processes.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

let colloquy: Colloquy;
let development: TestProcess;
let production: TestProcess;

beforeAll(async () => {
  colloquy = await shareColloquy({ apis: 0, workers: 0 });
  const env = { CORS_ORIGINS: "https://app.example,capacitor://localhost", APP_URL: "https://chat.example/app" };
  [development, production] = await Promise.all([
    colloquy.startApi({ ...env, NODE_ENV: "development" }),
    colloquy.startApi({ ...env, NODE_ENV: "production", OTP_DELIVERY: "log" }),
  ]);
});
afterAll(() => colloquy.close());

const urlOf = ({ port }: TestProcess, path = "/graphql") => `http://127.0.0.1:${port}${path}`;

/** Opens a socket. @returns `open`, or the status of the answer */
async function connect(api: TestProcess, headers: Record<string, string>, path?: string): Promise<string> {
  try {
    (await openRawSocket(urlOf(api, path), { headers })).socket.close();
    return "open";
  } catch (error) {
    return (error as Error).message.replace("Unexpected server response: ", "");
  }
}

async function ask(api: TestProcess, headers: Record<string, string>, path?: string) {
  return new Promise<{ status: number | undefined; body: unknown }>((resolve, reject) => {
    const call = request(urlOf(api, path), {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
    });
    call.on("response", (response) => {
      json(response).then((body) => resolve({ status: response.statusCode, body }), reject);
    });
    call.on("error", reject).end('{"query":"{ __typename }"}');
  });
}

describe("a page opens a socket when its origin is", () => {
  test.each<[string, string]>([
    ["a listed one", "https://app.example"],
    ["an app's web view", "capacitor://localhost"],
    ["that of APP_URL, behind a proxy that says another Host", "https://chat.example"],
  ])("%s", async (_, origin) => {
    for (const api of [development, production]) expect(await connect(api, { origin })).toBe("open");
  });

  test("the API's own", async () => {
    for (const api of [development, production]) {
      expect(await connect(api, { origin: `http://127.0.0.1:${api.port}` })).toBe("open");
      // A proxy takes TLS off.
      expect(await connect(api, { origin: "https://chat.example", host: "chat.example" })).toBe("open");
    }
    expect(await connect(production, { origin: "https://other.example", host: "other.example" })).toBe("open");
  });

  test("none: that is no browser", async () => {
    for (const api of [development, production]) expect(await connect(api, {})).toBe("open");
  });

  test("this machine's on another port, in development only", async () => {
    for (const origin of ["http://localhost:5173", "http://127.0.0.1:3000"]) {
      expect(await connect(development, { origin })).toBe("open");
      expect(await connect(production, { origin })).toBe("403");
    }
  });
});

test.each([
  "https://evil.example",
  "null",
  "",
  "https://app.example.evil.example",
  "https://evilapp.example",
  "http://app.example",
  "https://app.example:8443",
  "https://app.example/",
  "https://sub.app.example",
  "https://chat.example:8443",
  "file://",
  "app.example",
])("a page of another origin opens none: %j", async (origin) => {
  for (const api of [development, production]) expect(await connect(api, { origin })).toBe("403");
});

describe("in development a Host that is not this machine's is refused, over HTTP and for a socket", () => {
  test.each(["evil.example", "evil.example:4000", "localhost.evil.example", "127.0.0.1.evil.example", "192.0.2.7"])(
    "%s",
    async (host) => {
      expect(await ask(development, { host })).toMatchObject({
        status: 421,
        body: { errors: [{ extensions: { code: "FORBIDDEN" } }] },
      });
      // The page's own origin has that name as well.
      expect(await connect(development, { host, origin: `http://${host}` })).toBe("421");
      expect((await ask(production, { host })).status).toBe(200);
    },
  );

  test.each(["localhost", "LOCALHOST:1", "127.0.0.1:4000", "[::1]:4000", "chat.example", "chat.example:443"])(
    "but not %s",
    async (host) => {
      expect((await ask(development, { host })).body).toMatchObject({ data: { __typename: "Query" } });
      expect(await connect(development, { host })).toBe("open");
    },
  );

  test("nor health, which anybody may ask for", async () => {
    expect((await ask(development, { host: "evil.example" }, "/health")).status).toBe(200);
  });
});

describe("an upgrade", () => {
  test.each(["/graphql/", "/graphql?a=1", "/graphql/?a=1"])("is taken at %s", async (path) => {
    expect(await connect(production, {}, path)).toBe("open");
  });

  test.each(["/", "//graphql", "/graphql//", "/graphqls", "/other/graphql", "/webhooks/stripe", "/health"])(
    "is answered over HTTP at %s",
    async (path) => {
      expect(await connect(production, {}, path)).toBe("404");
    },
  );
});
