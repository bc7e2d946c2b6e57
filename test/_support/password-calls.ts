import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import { ChangePassword, SignIn } from "./account-documents.ts";
import { codesOf, openDevice, type DeviceOf } from "./accounts.ts";
import type { TestClient } from "./client.ts";
import type { Colloquy } from "./colloquy.ts";
import { postFrom } from "./post-from.ts";
import { shareColloquy } from "./shared-colloquy.ts";

export const PASSWORD = "four words, none alike";

/** What tests of passwords do, in a Colloquy of two APIs. */
export function setUpPasswords() {
  let colloquy: Colloquy;
  let nobody: TestClient;
  let redis: Redis;

  beforeAll(async () => {
    colloquy = await shareColloquy({ apis: 2, workers: 0 });
    nobody = colloquy.client();
    redis = new Redis(colloquy.redis.url);
  });
  beforeEach(async () => {
    // All tests come from one address, and would be too much for it together.
    const keys = await redis.keys("limit:password-*");
    if (keys.length > 0) await redis.del(keys);
  });
  afterAll(async () => {
    redis.disconnect();
    await colloquy.close();
  });

  const change = ({ client }: DeviceOf, newPassword: string, currentPassword?: string) =>
    client.ask(ChangePassword, { input: { newPassword, ...(currentPassword !== undefined && { currentPassword }) } });

  return {
    change,
    async openDeviceWithPassword(): Promise<DeviceOf> {
      const device = await openDevice(colloquy);
      expect(codesOf(await change(device, PASSWORD))).toEqual([]);
      return device;
    },
    signIn: (phone: string, password: string, client = nobody) => client.ask(SignIn, { input: { phone, password } }),
    signInFrom: (address: string, phone: string, password: string) =>
      postFrom(address, nobody.url, SignIn.toString(), { input: { phone, password } }),
    get colloquy() {
      return colloquy;
    },
    /** A client that is not signed in. */
    get nobody() {
      return nobody;
    },
  };
}

export const count = <Value>(values: readonly Value[], wanted: Value) =>
  values.filter((value) => value === wanted).length;
