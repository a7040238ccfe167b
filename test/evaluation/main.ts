import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { inForce } from '@caregraph/early-warning/rules.ts';
import { parseDate } from '@caregraph/schema/scalars.ts';
import { startOfDay, ukDate } from '@caregraph/service/uk-time.ts';
import { measure } from './measure.ts';
import { plant } from './planted.ts';
import { resultsPage } from './results.ts';

/**
 * Measures the early-warning rules over the made-up population with planted crises: `npm run evaluate`. The same day and seed give
 * the same figures.
 */

const { values } = parseArgs({
  options: {
    today: { type: 'string' },
    seed: { type: 'string', default: 'caregraph' },
    size: { type: 'string', default: '2100' },
    out: { type: 'string', default: fileURLToPath(new URL('RESULTS.md', import.meta.url)) },
  },
});
const today = values.today === undefined ? ukDate(new Date()) : parseDate(values.today);
const size = Number(values.size);
if (!Number.isInteger(size) || size < 1) throw new Error('--size is how many patients there are, at least 1.');

const rules = inForce();
const measured = measure(rules, plant({ seed: values.seed, today, size }), startOfDay(today));
const command = `npm run evaluate -- --today ${today} --seed ${values.seed} --size ${size}`;
const page = resultsPage(rules, measured, { command, on: ukDate(new Date()), size });
writeFileSync(values.out, page);
process.stdout.write(`${page}\nWrote ${values.out}\n`);
