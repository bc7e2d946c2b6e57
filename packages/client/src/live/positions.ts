/** Arguments of a subscription that say how far its reader has come. */
export type Position = Readonly<Record<string, string | number>>;

/** The subscriptions that can go on where they broke off, and the arguments by which they do. */
const ARGUMENTS = { replyStream: ["attempt", "offset"], messageAdded: ["after"], accountChanged: ["after"] } as const;
/** What `replyStream` brings to those who select it, and the argument by which that goes on. */
const SELECTED_ARGUMENTS = { thought: "thoughtOffset", activities: "activity" } as const;

export type LiveField = keyof typeof ARGUMENTS;

/**
 * Which of the live fields an operation subscribes to; undefined when it is another operation.
 *
 * @throws {TypeError} when the operation does not hand the position over: `replyStream(attempt: $attempt, …)`
 */
export function liveFieldOf(query: string): LiveField | undefined {
  const field = (Object.keys(ARGUMENTS) as LiveField[]).find((name) => new RegExp(`\\b${name}\\s*\\(`).test(query));
  if (!field) return undefined;
  const names: string[] = [...ARGUMENTS[field]];
  for (const [selected, argument] of Object.entries(SELECTED_ARGUMENTS)) {
    if (field === "replyStream" && new RegExp(`\\b${selected}\\s*\\{`).test(query)) names.push(argument);
  }
  for (const name of names) {
    if (new RegExp(`\\b${name}\\s*:\\s*\\$${name}\\b`).test(query)) continue;
    throw new TypeError(`${field} can resume only when the operation passes on ${name}: $${name}`);
  }
  return field;
}

type Event = Readonly<Record<string, unknown>>;

/**
 * Where a reader stands after an event.
 *
 * @param before where it stood, which holds of what the event says nothing of
 * @param result its data, in which an alias does no harm, and its extensions
 * @throws {TypeError} when the operation does not select what the position is made of
 */
export function positionAfter(
  field: LiveField,
  result: Readonly<{ data: object; extensions?: Readonly<Record<string, unknown>> | undefined }>,
  before: Event = {},
): Position {
  switch (field) {
    case "replyStream": {
      const event = Object.values(result.data).find((value) => typeof value === "object") as Event | null | undefined;
      const { attempt, offset, text } = event ?? {};
      if (typeof attempt === "number" && typeof offset === "number" && typeof text === "string") {
        return {
          attempt,
          offset: offset + text.length,
          ...beyondText(event ?? {}, attempt === before["attempt"] ? before : {}),
        };
      }
      throw new TypeError("replyStream can resume only when attempt, offset and text are selected");
    }
    case "messageAdded":
    case "accountChanged": {
      const position = result.extensions?.["position"];
      if (typeof position === "string") return { after: position };
      throw new TypeError(`${field} can resume only with the extensions of its results`);
    }
  }
}

/** Where thoughts and activities go on, as far as they are selected. An event without thoughts leaves them where they were. */
function beyondText({ thought, activity, activities }: Event, before: Event): Position {
  const piece = thought as { offset: number; text: string } | null | undefined;
  const known = before["thoughtOffset"];
  const thoughtOffset = piece ? piece.offset + piece.text.length : typeof known === "number" ? known : 0;
  if (Array.isArray(activities) && typeof activity !== "number") {
    throw new TypeError("replyStream can resume with activities only when activity is selected as well");
  }
  return {
    ...(thought !== undefined && { thoughtOffset }),
    ...(Array.isArray(activities) && { activity: Number(activity) + activities.length }),
  };
}
