import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "./build/bundle.ts";
import { buildWeb } from "./build/web.ts";

// `buildWeb` rebuilds its own folder when a source has changed.
const old = existsSync("dist") ? readdirSync("dist").filter((name) => name !== "web") : [];
for (const name of old) rmSync(join("dist", name), { recursive: true, force: true });
await Promise.all([bundle("dist"), buildWeb()]);
