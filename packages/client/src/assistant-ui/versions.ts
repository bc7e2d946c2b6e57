import type { ExportedMessageRepository, ThreadMessage } from "@assistant-ui/core";
import type { ShownMessage } from "../room/drafts.ts";

type Entry = ExportedMessageRepository["messages"][number];

/**
 * A message among its versions, as assistant-ui's repository takes them. Of the others an empty one stands in: their texts
 * are read when somebody switches to them.
 *
 * The repository keeps versions in the order in which they came to their parent, and one that is not on the path may come
 * later. So each but the first leaves the parent, and comes back.
 *
 * @param own the message as assistant-ui shows it
 */
export function versionsOf({ siblings }: ShownMessage, own: ThreadMessage, parentId: string | null): Entry[] {
  const { index, total, previousId, nextId } = siblings;
  const ids: Readonly<Record<number, string | null>> = { [index - 1]: previousId, [index + 1]: nextId };
  const versions = Array.from({ length: total }, (_, at) =>
    at === index ? own : { ...own, id: ids[at] ?? `${parentId}/${own.role}/${at}`, content: [] },
  );
  const [first = own] = versions;
  return [
    { parentId, message: first },
    ...versions.slice(1).flatMap((message) => [
      { parentId: first.id, message },
      { parentId, message },
    ]),
  ] as Entry[];
}
