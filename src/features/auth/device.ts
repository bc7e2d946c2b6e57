import { networkOf } from "../../platform/network.ts";
import { toStorable } from "../../platform/text/text.ts";

/** What a request says about the device it comes from. */
export type Device = Readonly<{ userAgent: string | null; ip: string | null }>;

/** UTF-16 code units. */
const USER_AGENT_LENGTH = 256;

/** The columns that keep a device. */
export const deviceColumns = ({ userAgent, ip }: Device) => ({
  userAgent: userAgent === null ? null : toStorable(userAgent.slice(0, USER_AGENT_LENGTH)),
  ip,
});

/** Whom an address is counted as. Those without one are counted together. */
export const networkKey = (ip: string | null): string => (ip === null ? "unknown" : networkOf(ip));

/** What tells one device from another, as far as a request does: its network, and what it calls itself. */
export const originOf = (device: Device): string => `${networkKey(device.ip)} ${deviceColumns(device).userAgent ?? ""}`;
