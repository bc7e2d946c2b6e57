import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ConfigError } from "../config.ts";

/** Where to listen, and the names of the settings it comes from. */
type Address = Readonly<{ port: number; host?: string; portSetting: string; hostSetting?: string }>;

/**
 * Listens.
 *
 * @returns the port, also when 0 asked for any free one
 * @throws {ConfigError} when the port is taken or not allowed, or the machine has no such address: with what to set
 */
export async function listen(server: Server, address: Address): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(explain(error, address)));
    server.listen(address.port, address.host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

function explain(error: Error, { port, host, portSetting, hostSetting }: Address): Error {
  const at = host === undefined ? `port ${port}` : `${host}:${port}`;
  switch ("code" in error ? error.code : undefined) {
    case "EADDRINUSE":
      return new ConfigError([`${portSetting}: another program listens on ${at} already; set it to another port`]);
    case "EACCES":
      return new ConfigError([`${portSetting}: this user may not listen on ${at}; set it to a port from 1024 on`]);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new ConfigError([`${hostSetting ?? portSetting}: this machine has no address ${host ?? ""}`]);
    default:
      return error;
  }
}
