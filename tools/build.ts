import { rmSync } from "node:fs";
import { bundle } from "./build/bundle.ts";
import { buildWeb } from "./build/web.ts";

for (const folder of ["dist/src", "dist/worker"]) rmSync(folder, { recursive: true, force: true });
await Promise.all([bundle("dist"), buildWeb()]);
