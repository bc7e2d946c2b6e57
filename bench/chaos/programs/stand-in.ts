import { startGeminiStandIn } from "../../../tools/fakes/gemini.ts";

/** Gemini's stand-in as a process of its own, which no fault reaches. */
const standIn = await startGeminiStandIn();
process.once("SIGTERM", () => void standIn.close().then(() => process.exit(0)));
process.stdout.write(`${JSON.stringify({ msg: "stand-in is ready", port: Number(new URL(standIn.url).port) })}\n`);
