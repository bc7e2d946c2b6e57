import { existsSync } from "node:fs";
import { runAdmin } from "./features/admin/command/run-admin.ts";

if (existsSync(".env")) process.loadEnvFile(".env");
process.exitCode = await runAdmin(process.argv.slice(2), process);
