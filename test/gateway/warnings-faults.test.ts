import { createRandom } from '@caregraph/demo/population/random.ts';
import { westMidlandsFour } from '@caregraph/demo/stories/west-midlands-four.ts';
import { ukDate } from '@caregraph/service/uk-time.ts';
import { expect, test } from 'vitest';
import type { Holdings } from '../subgraphs/trust/memory-source.ts';
import type { Body, TestTrust } from '../support/trust.ts';
import { type World, world } from './world.ts';

const STORY = westMidlandsFour(ukDate(new Date()));
const TRUSTS = [...STORY.held.keys()];

/** Ways in which a trust fails a request, or a part of it. */
const FAULTS: readonly ((trust: TestTrust, random: ReturnType<typeof createRandom>) => void)[] = [
  (trust) => {
    trust.answer = (_request, response) => void response.destroy();
  },
  (trust) => {
    trust.answer = (_request, response) => void response.writeHead(503).end();
  },
  (trust) => {
    trust.answer = (_request, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>');
  },
  (trust) => {
    trust.tamper = () => ({ data: null });
  },
  // Another patient's records.
  (trust) => {
    trust.tamper = (body) => changed(body, (entity) => ({ ...entity, gatherKey: '9990100012' }));
  },
  // One list failed, as a trust says it of itself.
  (trust, random) => {
    trust.tamper = (body) => {
      const lists = listsOf(body);
      const list = random.pick(lists);
      const path = ['g0', 0, list];
      return {
        ...changed(body, (entity) => ({ ...entity, [list]: null })),
        errors: [{ message: 'no', path, extensions: { code: 'SOURCE_UNAVAILABLE' } }],
      };
    };
  },
  // One list is cut off, as if there were no more of it, and holds what no record is.
  (trust, random) => {
    trust.tamper = (body) => {
      const list = random.pick(listsOf(body));
      return changed(body, (entity) => ({ ...entity, [list]: [{ nothing: 'of a record' }] }));
    };
  },
];

const changed = (body: Body, change: (entity: Body) => Body): Body => ({
  data: { g0: body.data.g0.map((entity: Body) => change(entity)) },
});

const listsOf = (body: Body): string[] => Object.keys(body.data.g0[0]).filter((key) => key !== 'gatherKey');

const QUERY = `query ($n: NHSNumber!) { patient(nhsNumber: $n) { warningsStatus warnings { rule status missing evaluatedOver { odsCode } } } }`;

interface Told {
  readonly rule: string;
  readonly status: string;
  readonly missing: readonly string[];
  readonly evaluatedOver: readonly { readonly odsCode: string }[];
}

async function warned(w: World<string>): Promise<readonly Told[]> {
  const { data } = await w.gateway.ask(QUERY, { n: STORY.nhsNumber });
  return data.patient.warnings;
}

test('whatever fails, no rule says what it would not say of everything, and none that would is silent', async () => {
  const holdings = Object.fromEntries(
    [...STORY.held].map(([odsCode, held]): [string, Holdings] => [
      odsCode,
      {
        demographics: { [STORY.nhsNumber]: [held.demographics] },
        crisisPlans: { [STORY.nhsNumber]: held.crisisPlans },
        careContacts: { [STORY.nhsNumber]: held.careContacts },
        hospitalSpells: { [STORY.nhsNumber]: held.hospitalSpells },
        legalStatuses: { [STORY.nhsNumber]: held.legalStatuses },
        referrals: { [STORY.nhsNumber]: held.referrals },
      },
    ]),
  );
  const random = createRandom('warnings and faults');
  await using w = await world(holdings, { [STORY.nhsNumber]: TRUSTS });
  const whole = await warned(w);
  const raised = new Set(whole.filter(({ status }) => status === 'RAISED').map(({ rule }) => rule));
  expect(raised).toContain('MULTI_TRUST');
  const seen = { undetermined: 0, raised: 0, silent: 0 };
  for (let i = 0; i < 120; i++) {
    // A trust that was not well a moment ago may not be asked now: that is a fault like another.
    for (const trust of Object.values(w.trusts)) Object.assign(trust, { answer: null, tamper: null });
    const failing = random.sample(TRUSTS, random.int(1, TRUSTS.length));
    for (const odsCode of failing) {
      const trust = w.trusts[odsCode];
      if (trust) random.pick(FAULTS)(trust, random);
    }
    w.locator.answer = random.chance(0.15) ? (response) => void response.destroy() : null;
    const told = await warned(w);
    for (const { rule, status, missing, evaluatedOver } of told) {
      if (status === 'RAISED') {
        expect(raised, `${rule} with ${failing} failing`).toContain(rule);
        seen.raised++;
      } else {
        expect(missing, rule).not.toEqual([]);
        seen.undetermined++;
      }
      // Whoever is missing was not heard, and whoever was heard is not missing.
      const absent = missing.filter((each) => !/NOT_RECORDED|ON_PAPER/.test(each)).map((each) => each.split(' ')[0]);
      expect(evaluatedOver.filter(({ odsCode }) => absent.includes(odsCode))).toEqual([]);
    }
    const spoken = new Set(told.map(({ rule }) => rule));
    for (const rule of raised) expect(spoken, `${rule} with ${failing} failing`).toContain(rule);
    seen.silent += 11 - told.length;
  }
  // It was about something.
  expect(Math.min(seen.raised, seen.undetermined, seen.silent)).toBeGreaterThan(30);
});
