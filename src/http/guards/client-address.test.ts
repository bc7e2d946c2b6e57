import { expect, test } from "vitest";
import type { TrustProxy } from "../../config.ts";
import { networkOf } from "../../platform/network.ts";
import { createAddressReader } from "./client-address.ts";

const read = (trust: TrustProxy, remoteAddress: string | undefined, forwarded?: string) =>
  createAddressReader(trust)({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
  });

const PRIVATE = ["10.0.0.0/8", "fd00::/8", "192.0.2.7"];

test.each<[string, TrustProxy, string | undefined, string | undefined, string | null]>([
  ["nobody is trusted by default", 0, "203.0.113.9", "198.51.100.1", "203.0.113.9"],
  ["nor by an empty list", [], "10.0.0.1", "198.51.100.1", "10.0.0.1"],
  ["one hop: the last address", 1, "10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"],
  ["two hops: the last but one", 2, "10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2", "198.51.100.1"],
  ["more hops than there are", 3, "10.0.0.1", "198.51.100.1", "198.51.100.1"],
  ["a trusted network", PRIVATE, "10.1.2.3", "1.1.1.1, 198.51.100.1, 10.9.9.9", "198.51.100.1"],
  ["a trusted address", PRIVATE, "192.0.2.7", "198.51.100.1", "198.51.100.1"],
  ["its neighbour", PRIVATE, "192.0.2.8", "198.51.100.1", "192.0.2.8"],
  ["a trusted IPv6 network", PRIVATE, "fd00::1", "2001:DB8::5", "2001:db8::5"],
  ["IPv4 on an IPv6 socket", PRIVATE, "::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"],
  ["an address with a port", 1, "10.0.0.1", "198.51.100.1:4711", "198.51.100.1"],
  ["an IPv6 address with a port", 1, "10.0.0.1", "[2001:db8::5]:4711", "2001:db8::5"],
  ["what is no address", 1, "10.0.0.1", "unknown", "10.0.0.1"],
  ["an empty header", 1, "10.0.0.1", "", "10.0.0.1"],
  ["no header", 1, "10.0.0.1", undefined, "10.0.0.1"],
  ["a connection that is gone", 1, undefined, "198.51.100.1", null],
])("%s", (_, trust, remote, forwarded, address) => {
  expect(read(trust, remote, forwarded)).toBe(address);
});

test.each([
  ["198.51.100.1", "198.51.100.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
  ["2001:db8::9", "2001:db8:0:0::/64"],
  ["2001:0db8::", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
])("%s is counted as %s", (ip, network) => {
  expect(networkOf(ip)).toBe(network);
});
