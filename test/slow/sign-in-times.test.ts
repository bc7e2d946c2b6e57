import { afterAll, beforeAll, expect, test } from "vitest";
import { ChangePassword, SignIn } from "../_support/account-documents.ts";
import { codesOf, openDevice } from "../_support/accounts.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { newPhone } from "../_support/phones.ts";
import { postFrom } from "../_support/post-from.ts";

let colloquy: Colloquy;
beforeAll(async () => {
  colloquy = await startColloquy({ workers: 0 });
});
afterAll(() => colloquy.close());

test("a wrong password, none, and a number that nobody has are refused in like time", async () => {
  const [withPassword, without] = [await openDevice(colloquy), await openDevice(colloquy)];
  const input = { newPassword: "four words, none alike" };
  expect(codesOf(await withPassword.client.ask(ChangePassword, { input }))).toEqual([]);
  const { url } = colloquy.client();

  const phones = [withPassword.phone, without.phone, newPhone()];
  const times = phones.map((): number[] => []);
  for (let round = 0; round < 7; round += 1) {
    for (const [i, phone] of phones.entries()) {
      const guess = { input: { phone, password: "not this one" } };
      const startedAt = performance.now();
      const answer = await postFrom(`127.0.${round + 1}.${i + 1}`, url, SignIn.toString(), guess);
      times[i]!.push(performance.now() - startedAt);
      expect(answer.codes).toEqual(["CREDENTIALS_INVALID"]);
    }
  }
  // Without the hash that is computed for nobody, two of them would take a tenth.
  // What else the machine does only adds to some of the times: the shortest is the hash's.
  const shortest = times.map((all) => Math.min(...all));
  expect(Math.min(...shortest)).toBeGreaterThan(Math.max(...shortest) / 2);
});
