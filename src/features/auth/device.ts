import { networkOf } from "../../platform/network.ts";
import { toStorable } from "../../platform/text/text.ts";

/** The device that a request comes from, by its own account. */
export type Device = Readonly<{ userAgent: string | null; ip: string | null }>;

/** UTF-16 code units. */
const USER_AGENT_LENGTH = 256;

/** The columns that keep a device. */
export const deviceColumns = ({ userAgent, ip }: Device) => ({
  userAgent: userAgent === null ? null : toStorable(userAgent.slice(0, USER_AGENT_LENGTH)),
  ip,
});

/** The key by which an address is counted. Requests without one are counted together. */
export const networkKey = (ip: string | null): string => (ip === null ? "unknown" : networkOf(ip));

/** Identifies a device as far as a request can: by its network and its user agent. */
export const originOf = (device: Device): string => `${networkKey(device.ip)} ${deviceColumns(device).userAgent ?? ""}`;
