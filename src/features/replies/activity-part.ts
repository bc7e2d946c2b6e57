import type { Activity } from "../../platform/gemini/activity.ts";
import { partFor, type MessagePart } from "../messages/parts-of.ts";

/** An activity, and all thoughts of its attempt, of which it may tell a stretch. */
export type ActivityAndThoughts = Readonly<{ activity: Activity; thoughts: string }>;

/** What an activity is among the parts of its message; null of what is none. */
export const activityPart = ({ activity, thoughts }: ActivityAndThoughts): MessagePart | null =>
  activity.kind === "CITATIONS" ? null : partFor(activity, thoughts);
