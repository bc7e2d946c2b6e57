/** What a request says about the device it comes from. */
export type Device = Readonly<{ userAgent: string | null; ip: string | null }>;

const USER_AGENT_LENGTH = 256;

/** The columns that keep a device. PostgreSQL stores no U+0000; no header has one. */
export const deviceColumns = ({ userAgent, ip }: Device) => ({
  userAgent: userAgent?.slice(0, USER_AGENT_LENGTH) ?? null,
  ip,
});
