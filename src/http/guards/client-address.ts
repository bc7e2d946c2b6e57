import { BlockList, isIP, isIPv6, type Socket } from "node:net";
import type { TrustProxy } from "../../config.ts";

/** Of a request, all that says whom it is from. */
type Origin = Readonly<{
  socket: Readonly<{ remoteAddress?: string | undefined }>;
  headers: Readonly<Record<string, string | string[] | undefined>>;
}>;

export type ReadAddress = (request: Origin) => string | null;

/** The addresses of open connections. A connection that was reset no longer tells its own. */
const addresses = new WeakMap<object, string>();

/**
 * Remembers the address of a connection. Call it as the connection opens: what a client sent before it reset the
 * connection is still read, and has to count against its address. A connection without an address is refused.
 */
export function rememberAddress(socket: Socket): void {
  const { remoteAddress } = socket;
  if (remoteAddress === undefined) socket.destroy();
  else addresses.set(socket, remoteAddress);
}

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * Whom a request is from, when proxies stand in front. Each proxy adds the address it was asked by to the end of
 * `X-Forwarded-For`, so the header is read from its end, and only as far as who wrote it is trusted: the rest is what
 * the client says of itself.
 *
 * @returns reads the address, in its plain form; null for a connection that has none, or that is gone and was not
 *   remembered
 */
export function createAddressReader(trust: TrustProxy): ReadAddress {
  const isTrusted = createTrust(trust);
  return (request) => {
    let address = plainAddress(addresses.get(request.socket) ?? request.socket.remoteAddress ?? "");
    const header = request.headers["x-forwarded-for"];
    if (address === null || header === undefined) return address;
    const forwarded = String(header).split(",").toReversed();
    for (const [hop, text] of forwarded.entries()) {
      if (!isTrusted(address, hop)) break;
      const next = plainAddress(text.trim());
      if (next === null) break;
      address = next;
    }
    return address;
  };
}

/** @returns whether a request comes from a proxy that is trusted, by the connection it came on */
export function createProxyCheck(trust: TrustProxy): (request: Origin) => boolean {
  const isTrusted = createTrust(trust);
  return ({ socket }) => {
    const address = plainAddress(addresses.get(socket) ?? socket.remoteAddress ?? "");
    return address !== null && isTrusted(address, 0);
  };
}

function createTrust(trust: TrustProxy): (address: string, hop: number) => boolean {
  if (typeof trust === "number") return (_, hop) => hop < trust;
  const list = new BlockList();
  for (const network of trust) {
    const [address = "", prefix] = network.split("/");
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return (address) => list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** Without a port, brackets and the zone, which some proxies write, and IPv4 as itself. */
function plainAddress(text: string): string | null {
  const bare = /^\[(.*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  const address = MAPPED_IPV4.exec(bare)?.[1] ?? bare.split("%")[0] ?? "";
  return isIP(address) === 0 ? null : address.toLowerCase();
}
