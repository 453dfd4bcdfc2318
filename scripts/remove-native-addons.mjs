import { rmSync } from "node:fs";
import { join } from "node:path";

/**
 * Runs after every install. The module ships pure JavaScript, and the framework's bundler refuses native
 * add-ons; ssh2 builds one wherever it finds a compiler, unless npm was told otherwise, and works without.
 * Its optional package cpu-features goes as a whole: where npm installs but does not build it, the bundler
 * fails on the add-on that is missing, while a package that is missing is fine.
 */
const modules = join(import.meta.dirname, "../node_modules");
for (const built of ["ssh2/lib/protocol/crypto/build", "cpu-features"]) {
  rmSync(join(modules, built), { recursive: true, force: true });
}
