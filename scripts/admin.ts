import { existsSync } from "node:fs";
import { runAdmin } from "./admin/run-admin.ts";

if (existsSync(".env")) process.loadEnvFile(".env");
process.exitCode = await runAdmin(process.argv.slice(2), process);
