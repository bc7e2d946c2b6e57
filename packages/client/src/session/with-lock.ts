type Locks = { request<Result>(name: string, work: () => Promise<Result>): Promise<Result> };

/** Lets one tab at a time do it, where the browser has locks. Without a name there is nobody to share with. */
export function withLock<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const { locks } = (globalThis as { navigator?: { locks?: Locks } }).navigator ?? {};
  return locks && name !== "" ? locks.request(name, work) : work();
}
