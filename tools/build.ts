import { rmSync } from "node:fs";
import { bundle } from "./build/bundle.ts";

rmSync("dist", { recursive: true, force: true });
await bundle("dist");
