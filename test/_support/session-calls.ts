import { RefreshSession } from "./account-documents.ts";
import { codesOf, type DeviceOf } from "./accounts.ts";
import type { TestClient } from "./client.ts";
import type { Colloquy } from "./colloquy.ts";
import { CreateChatroom } from "./documents.ts";

/**
 * What tests do with sessions.
 *
 * @param parts what is running, and a client that is not signed in
 */
export function sessionCalls(parts: () => { colloquy: Colloquy; nobody: TestClient }) {
  const refresh = (refreshToken: string, client = parts().nobody) => client.ask(RefreshSession, { refreshToken });

  async function refreshed(refreshToken: string, client = parts().nobody) {
    const { refreshSession } = await client.request(RefreshSession, { refreshToken });
    return refreshSession;
  }

  const sessionRow = (device: DeviceOf) =>
    parts().colloquy.db.session.findUniqueOrThrow({ where: { id: device.tokens.session.id } });

  /** As if everything that was spent had been spent so long ago. */
  async function passTime(device: DeviceOf, ms: number): Promise<void> {
    const spent = await parts().colloquy.db.spentRefreshToken.findMany({
      where: { sessionId: device.tokens.session.id },
    });
    for (const { tokenHash, spentAt } of spent) {
      await parts().colloquy.db.spentRefreshToken.update({
        where: { tokenHash },
        data: { spentAt: new Date(spentAt.getTime() - ms) },
      });
    }
    const { id, graceUsedAt } = await sessionRow(device);
    if (graceUsedAt === null) return;
    await parts().colloquy.db.session.update({
      where: { id },
      data: { graceUsedAt: new Date(graceUsedAt.getTime() - ms) },
    });
  }

  /** What a device with this access token is told. */
  async function tried(accessToken: string, api = 0): Promise<unknown> {
    const client = parts().colloquy.client(parts().colloquy.apis[api]);
    client.useToken(accessToken);
    const answer = await client.ask(CreateChatroom);
    return codesOf(answer)[0] ?? "fine";
  }
  return { refresh, refreshed, sessionRow, passTime, tried };
}
