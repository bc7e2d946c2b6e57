import { defineConfig } from "prisma/config";

/** Read by `prisma generate` only; migrations go through `src/migrate.ts`. */
export default defineConfig({ schema: "prisma/schema.prisma" });
