import { expect, test } from 'vitest';
import { world } from '../gateway/world.ts';
import type { Holdings } from '../subgraphs/trust/memory-source.ts';
import { answerOf } from './contract-answer.ts';
import type { ListName, TrueRecord } from './lists.ts';
import { MANY, ONE } from './questions.ts';
import { makeTruth } from './truth.ts';

const CODE = 'RT00';
const truth = makeTruth('contract', 60);
const known = truth.patients.filter((each) => truth.known(each).includes(CODE));

/** What the kit adds of its own. */
const ADDED = ['answersNow', 'shortcomings'];

const asHeld = (record: TrueRecord): object =>
  Object.fromEntries(Object.entries(record).filter(([field]) => !ADDED.includes(field)));

const held = (list: ListName) =>
  Object.fromEntries(known.map((each) => [each, truth.records(CODE, each, list).map(asHeld)]));

test('a fault trust that is well answers what the gateway asks just as the kit does over the same records', async () => {
  const holdings = {
    crisisPlans: held('crisisPlans'),
    contacts: held('contacts'),
    alerts: held('alerts'),
    careContacts: held('careContacts'),
  } as Holdings;
  await using w = await world({ [CODE]: holdings }, Object.fromEntries(known.map((each) => [each, [CODE]])));
  for (const n of known) await w.gateway.ask(ONE, { n });
  await w.gateway.ask(MANY, { n: known });
  // Only the manifest: the gateway then asks of its own accord whether a trust answers.
  await w.gateway.ask('query($n: NHSNumber!) { patient(nhsNumber: $n) { completeness } }', { n: known[0] });

  const trust = w.trusts[CODE];
  const asked = [...(trust?.received ?? [])];
  expect(asked.length).toBe(known.length + 2);
  for (const { query, variables } of asked) {
    const response = await fetch(trust?.url ?? '', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    expect(answerOf(truth, CODE, { query, variables })).toEqual(await response.json());
  }
});
