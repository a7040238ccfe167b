import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstSpoken } from '@caregraph/demo/early-warning/first-spoken.ts';
import { handOver } from '@caregraph/demo/early-warning/hand-over.ts';
import { timelineOf } from '@caregraph/demo/early-warning/story.ts';
import { timelineSvg } from '@caregraph/demo/early-warning/timeline.ts';
import { stories } from '@caregraph/demo/stories/stories.ts';
import { westMidlandsFour } from '@caregraph/demo/stories/west-midlands-four.ts';
import { evaluate } from '@caregraph/early-warning/evaluate.ts';
import { readPicture } from '@caregraph/early-warning/read-picture.ts';
import { inForce } from '@caregraph/early-warning/rules.ts';
import { addDays, startOfDay } from '@caregraph/service/uk-time.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const TODAY = '2026-06-15';
const MAIN = fileURLToPath(import.meta.resolve('@caregraph/demo/early-warning/story-main.ts'));

/** What is said of a story today. */
function saidOf(id: string): readonly string[] {
  const story = stories(TODAY).get(id);
  if (!story) throw new Error(`There is no story ${id}.`);
  const picture = readPicture(handOver(story.nhsNumber, story.held), null, startOfDay(TODAY));
  return evaluate(inForce(), picture).map(({ rule, status }) => `${rule} ${status}`);
}

describe('the story of the West Midlands', () => {
  const story = westMidlandsFour(TODAY);
  const meetings = [...story.held.values()].flatMap(({ careContacts }) => careContacts);

  test('has the shape of the investigation: 17 assessments by four organisations in under four years', () => {
    expect(story.held.size).toBe(4);
    expect(meetings).toHaveLength(17);
    const starts = meetings.map(({ start }) => Date.parse(start));
    expect(Math.max(...starts) - Math.min(...starts)).toBeLessThan(4 * 365 * 86_400_000);
  });

  test('has MULTI_TRUST speak today, whatever day today is, through both clock changes', () => {
    for (const today of ['2026-01-31', '2026-03-29', '2026-03-30', '2026-10-25', '2026-10-26', '2028-02-29']) {
      const { nhsNumber, held } = westMidlandsFour(today);
      const picture = readPicture(handOver(nhsNumber, held), null, startOfDay(today));
      const raised = evaluate(inForce(), picture).filter(({ status }) => status === 'RAISED');
      expect(
        raised.map(({ rule }) => rule),
        today,
      ).toContain('MULTI_TRUST');
    }
  });

  test('says MULTI_TRUST to nobody who has one trust’s own records alone, on any day', () => {
    for (const [odsCode, own] of story.held) {
      const alone = firstSpoken(inForce(), handOver(story.nhsNumber, new Map([[odsCode, own]])), TODAY);
      expect([...alone.keys()], odsCode).not.toContain('MULTI_TRUST');
    }
  });

  test('tells of each rule the first day on which it speaks, and on the day before it does not', () => {
    const whole = handOver(story.nhsNumber, story.held);
    const first = firstSpoken(inForce(), whole, TODAY);
    expect(first.size).toBeGreaterThan(5);
    for (const [id, day] of first) {
      const spoken = (end: number): boolean =>
        evaluate(inForce(), readPicture(whole, end, end)).some(
          ({ rule, status }) => rule === id && status === 'RAISED',
        );
      expect(spoken(startOfDay(addDays(day, 1)) - 1), id).toBe(true);
      expect(spoken(startOfDay(day) - 1), id).toBe(false);
    }
  });
});

test('the other stories say what they are told for', () => {
  expect(saidOf('two-plans')).toContain('CONFLICTING_PLANS RAISED');
  // A plan on paper is a plan: nobody says that there is none.
  expect(saidOf('pointer-only')).not.toContain('NO_CURRENT_PLAN RAISED');
  expect(saidOf('lancashire-in-london')).not.toContain('CONFLICTING_PLANS RAISED');
});

test('what is restricted is handed over by nobody', () => {
  const story = stories(TODAY).get('restricted');
  if (!story) throw new Error('There is no such story.');
  const handed = JSON.stringify(handOver(story.nhsNumber, story.held));
  expect(handed).toContain('RHA');
  expect(handed).not.toContain('RW4');
});

describe('the picture', () => {
  const timeline = timelineOf(westMidlandsFour(TODAY), 'A <story> & "more"', TODAY);
  const svg = timelineSvg(timeline);

  test('has a lane for each trust, with everything that it wrote down', () => {
    expect(timeline.lanes.map(({ odsCode }) => odsCode)).toEqual(['RYK', 'RXT', 'TAJ', 'RYG']);
    const marks = timeline.lanes.flatMap((lane) => lane.marks.map(({ kind }) => kind));
    expect(marks.filter((kind) => kind === 'seen' || kind === 'missed')).toHaveLength(17);
    expect(marks).toContain('stay');
    expect(marks).toContain('detention');
    for (const { name } of timeline.lanes) expect(svg).toContain(name);
  });

  test('has a line for each rule, with its day for all together and for each trust alone', () => {
    expect(timeline.rules).toHaveLength(11);
    for (const { id, shared, alone } of timeline.rules) {
      expect(svg).toContain(id);
      if (shared) expect(svg).toContain(shared);
      for (const { day } of alone) expect(svg).toContain(day);
    }
    expect(timeline.rules.find(({ id }) => id === 'MULTI_TRUST')).toMatchObject({ alone: [] });
  });

  test('is well-formed, whatever stands in its title, and says that a warning never decides', () => {
    expect(svg).toContain('A &lt;story&gt; &amp; &quot;more&quot;');
    const open = [...svg.matchAll(/<(\w+)(?:\s[^<>]*?)?(\/)?>|<\/(\w+)>/g)].reduce<string[]>(
      (stack, [, name, self, end]) => {
        if (end) expect(stack.pop()).toBe(end);
        else if (name && !self) stack.push(name);
        return stack;
      },
      [],
    );
    expect(open).toEqual([]);
    expect(svg).toContain('never decides');
    expect(svg).not.toMatch(/NaN|undefined/);
  });
});

describe('npm run story', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'caregraph-story-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('writes the same picture for the same day, and tells the days', () => {
    const file = join(folder, 'deep', 'story.svg');
    const said = execFileSync(process.execPath, [MAIN, '--today', TODAY, '--out', file], { encoding: 'utf8' });
    expect(said).toMatch(/MULTI_TRUST +2026-05-29 +alone: never/);
    const title = 'Seventeen contacts, four organisations, and a mother who asked six times';
    expect(readFileSync(file, 'utf8')).toBe(timelineSvg(timelineOf(westMidlandsFour(TODAY), title, TODAY)));
  });

  test('says what is wrong with a day that is none, without a stack', () => {
    expect(() => execFileSync(process.execPath, [MAIN, '--today', 'tomorrow'], { stdio: 'pipe' })).toThrow(
      /A date is a day of the calendar written "YYYY-MM-DD"\.\n$/,
    );
  });
});
