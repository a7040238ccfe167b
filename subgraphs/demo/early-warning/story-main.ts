import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseDate } from '@caregraph/schema/scalars.ts';
import { ukDate } from '@caregraph/service/uk-time.ts';
import { westMidlandsFour } from '../stories/west-midlands-four.ts';
import stories from '../stories.json' with { type: 'json' };
import { timelineOf } from './story.ts';
import { timelineSvg } from './timeline.ts';

/**
 * Draws the story of the West Midlands as a picture: `npm run story`. `--today YYYY-MM-DD` is the day from which it counts back,
 * `--out FILE` where the picture goes.
 */

const STORY = 'west-midlands-four';
const OUT = fileURLToPath(new URL(`../../../docs/pictures/${STORY}.svg`, import.meta.url));

try {
  const { values } = parseArgs({ options: { today: { type: 'string' }, out: { type: 'string' } } });
  const today = values.today === undefined ? ukDate(new Date()) : parseDate(values.today);
  const out = resolve(values.out ?? OUT);
  const title = stories.find(({ id }) => id === STORY)?.title ?? STORY;
  const timeline = timelineOf(westMidlandsFour(today), title, today);
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, timelineSvg(timeline));
  for (const { id, shared, alone } of timeline.rules) {
    const each = alone.map(({ odsCode, day }) => `${odsCode} ${day}`).join(', ') || 'never';
    process.stdout.write(`${id.padEnd(24)} ${shared ?? 'never'}   alone: ${each}\n`);
  }
  process.stdout.write(`Wrote ${out}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
