import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { manifestOf } from './registered.ts';
import { OWN_OPERATIONS } from './registered-files.ts';

const USAGE = `npm run -s operations -- [FOLDER] [--list]

Prints a persisted query manifest of the .graphql files in a folder and in those below it, each of which holds one operation
with its fragments; of Caregraph's own ready operations when no folder is named. --list prints the SHA-256 and the name of each.
`;

try {
  process.stdout.write(command(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exitCode = 1;
}

function command(args: string[]): string {
  const { positionals, values } = parseArgs({ args, allowPositionals: true, options: { list: { type: 'boolean' } } });
  const [folder = OWN_OPERATIONS, more] = positionals;
  if (more !== undefined) throw new Error('Name one folder.');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.graphql'));
  if (files.length === 0) throw new Error('There is no .graphql file in this folder.');
  const manifest = manifestOf(files.sort().map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') })));
  return values.list
    ? manifest.operations.map(({ id, name }) => `sha256:${id}  ${name}\n`).join('')
    : `${JSON.stringify(manifest, null, 2)}\n`;
}
