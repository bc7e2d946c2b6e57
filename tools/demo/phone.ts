import { randomInt } from "node:crypto";
import { Phone } from "../../src/features/auth/phone.ts";

/** A phone number that belongs to nobody: North America keeps 555-0100 to 555-0199 of each area for fiction. */
export function createFictionalPhone(): string {
  for (;;) {
    const phone = `+1${randomInt(200, 1_000)}55501${String(randomInt(100)).padStart(2, "0")}`;
    // 555 of toll-free and personal numbers, and of what is no area, gets no codes.
    if (Phone.safeParse(phone).success) return phone;
  }
}
