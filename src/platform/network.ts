import { isIPv6 } from "node:net";

/**
 * The key by which an address is counted: an IPv4 address alone, an IPv6 address with its network of 2^64, which is
 * what one customer gets (RFC 6177), so that the next address of the same customer has no new count.
 *
 * @param ip as `readAddress` gives it
 */
export function networkOf(ip: string): string {
  if (!isIPv6(ip)) return ip;
  const [head = "", tail] = ip.split("%")[0]?.split("::") ?? [];
  const groups = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - groups.length - last.length) }, () => "0");
  const prefix = [...groups, ...zeros, ...last].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${prefix.join(":")}::/64`;
}
