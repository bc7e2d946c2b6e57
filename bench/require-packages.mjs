// The benches' own packages are not among those of the project, so that nobody has to wait for them who does not measure.
import { existsSync } from "node:fs";

if (!existsSync(new URL("node_modules/autocannon", import.meta.url))) {
  console.error("The benches have packages of their own. Install them first: npm --prefix bench ci");
  process.exit(1);
}
