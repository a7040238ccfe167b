import { readFileSync } from 'node:fs';
import { inForce } from '@caregraph/early-warning/rules.ts';
import { startOfDay } from '@caregraph/service/uk-time.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { ANY, type Measured, measure, precision, recall } from './measure.ts';
import { PLANTED, type Planted, plant } from './planted.ts';
import { resultsPage } from './results.ts';

const TODAY = '2026-06-15';
const OPTIONS = { seed: 'evaluation', today: TODAY, size: 400 };

let planted: Planted[];
let measured: Measured;
beforeAll(() => {
  planted = plant(OPTIONS);
  measured = measure(inForce(), planted, startOfDay(TODAY));
});

describe('the population', () => {
  test('is the same for the same seed, and has about as many crises as it says', () => {
    const few = { ...OPTIONS, size: 40 };
    expect(plant(few)).toEqual(plant(few));
    const crises = planted.filter(({ crisis }) => crisis).length / planted.length;
    expect(Math.abs(crises - PLANTED.crises)).toBeLessThan(0.05);
  });

  test('holds nothing of today or later but what is to come', () => {
    for (const { held } of planted) {
      for (const { careContacts } of held.values()) {
        for (const { id, start } of careContacts) {
          if (id.startsWith('planted')) expect(Date.parse(start)).toBeLessThan(startOfDay(TODAY));
        }
      }
    }
  });
});

describe('precision and recall', () => {
  test('are those of each rule, counted one by one', () => {
    expect(measured.patients).toBe(planted.length);
    expect(measured.scores.filter(({ name }) => !name.startsWith('any'))).toHaveLength(11);
    for (const { spoke, right, rightAlone } of measured.scores) {
      expect(right).toBeLessThanOrEqual(Math.min(spoke, measured.crises));
      expect(rightAlone).toBeLessThanOrEqual(right);
    }
    const any = measured.scores.find(({ name }) => name === ANY);
    expect(any?.spoke).toBeGreaterThanOrEqual(Math.max(...measured.scores.map(({ right }) => right)));
  });

  test('of MULTI_TRUST: no trust alone recalls anybody, and together they do', () => {
    expect(measured.scores.find(({ name }) => name === 'MULTI_TRUST')).toMatchObject({
      rightAlone: 0,
      right: expect.toSatisfy((right: number) => right > 0),
    });
  });

  test('are none where there is nothing to divide by', () => {
    const score = { name: 'X', spoke: 0, right: 0, rightAlone: 0, undetermined: 0 };
    expect(precision(score)).toBeNull();
    expect(precision({ ...score, spoke: 4, right: 1 })).toBe(0.25);
    expect(recall(1, 0)).toBeNull();
    expect(recall(1, 5)).toBe(0.2);
  });
});

describe('the page', () => {
  const said = ['A warning prompts a clinician, and never decides', 'They say nothing of real patients'];

  test('has a row for each rule, its evidence and its thresholds, and says what a warning is worth', () => {
    const page = resultsPage(inForce(), measured, { command: 'npm run evaluate', on: TODAY, size: OPTIONS.size });
    for (const { rule } of inForce()) {
      expect(page.split(`\n| \`${rule.id}\` |`)).toHaveLength(3);
      expect(page).toContain(rule.evidence);
    }
    for (const each of said) expect(page).toContain(each);
    expect(page).not.toMatch(/NaN|undefined/);
  });

  test('that is checked in is about the rules that there are now', () => {
    const page = readFileSync(new URL('RESULTS.md', import.meta.url), 'utf8');
    for (const { rule } of inForce()) {
      for (const each of [`\`${rule.id}\``, rule.says, rule.evidence, rule.source]) expect(page).toContain(each);
    }
    for (const each of said) expect(page).toContain(each);
  });
});
