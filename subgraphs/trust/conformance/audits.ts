import { startOfDay } from '@caregraph/service/uk-time.ts';
import { type GraphQLField, type GraphQLSchema, getNamedType, isObjectType } from 'graphql';
import { checkOf } from '../check-record.ts';
import { contractSchema } from '../contract-schema.ts';
import { arrangement } from '../order.ts';
import { misspelt, testNumbers } from './nhs-numbers.ts';
import { REFUSALS } from './refusals.ts';
import { missingFrom } from './same-contract.ts';
import { everythingOf, gatheredFields, sharedLists, widest } from './selection.ts';
import { tokenFor } from './tokens.ts';
import { type Answer, askPatients, Broken, NotShown, post, type TrustUnderAudit } from './trust-under-audit.ts';

/** One promise of the contract, and how to see whether a trust keeps it. */
export interface Audit {
  /** Never changes its meaning. */
  readonly id: string;
  /** Begins with MUST, without which the gateway sets answers aside, or SHOULD (RFC 2119). */
  readonly name: string;
  /** Rejects with `Broken` when the trust does not keep it, and with `NotShown` when there is nothing to see it by. */
  readonly check: (trust: TrustUnderAudit) => Promise<void>;
}

const contract: GraphQLSchema = contractSchema();
const lists = gatheredFields(contract);
const shared = sharedLists(contract);
const shown = lists.filter((list) => !shared.some((each) => each.list === list));
const everything = `nhsNumber ${lists.map(({ name, type }) => `${name} ${everythingOf(type)}`).join(' ')}`;
const ids = `nhsNumber ${lists.map(({ name }) => `${name} { id }`).join(' ')}`;

/** All that a trust's subgraph is to keep to, in the order in which it is best mended. */
export const AUDITS: readonly Audit[] = [
  {
    id: 'CG01',
    name: 'MUST answer GraphQL over HTTP POST with status 200 and JSON',
    async check(trust) {
      const { status, data } = await post(trust, { query: '{ __typename }' });
      if (status !== 200) throw new Broken(`The status is ${status}.`);
      if (data?.__typename !== 'Query') throw new Broken('The query "{ __typename }" is not answered with "Query".');
    },
  },
  {
    id: 'CG02',
    name: 'MUST serve the contract at _service { sdl }',
    async check(trust) {
      const { data } = await post(trust, { query: '{ _service { sdl } }' });
      const service = data?._service;
      const sdl = typeof service === 'object' && service !== null && 'sdl' in service ? service.sdl : null;
      if (typeof sdl !== 'string') throw new Broken('There is no text at "data._service.sdl".');
      const missing = missingFrom(sdl, contract);
      if (missing.length > 0) throw new Broken(`The SDL lacks ${missing.join(', ')}.`);
    },
  },
  {
    id: 'CG03',
    name: 'MUST echo the NHS number of each patient, in the order asked',
    async check(trust) {
      const [a = '', b = '', c = ''] = [...trust.patients, ...testNumbers(3)];
      for (const asked of [
        [a, b, c],
        [c, a, b],
        [b, a, b],
      ]) {
        const { entities } = await askPatients(trust, asked, 'nhsNumber');
        const answered = entities.map((entity) => entity?.nhsNumber);
        if (!same(answered, asked)) throw new Broken('The patients answered are not those asked, in their order.');
      }
    },
  },
  {
    id: 'CG04',
    name: 'MUST answer a patient of whom nothing is held with empty lists, and with null and UNSUPPORTED what it does not serve',
    async check(trust) {
      const { entities, errors } = await askPatients(trust, nobody(trust), ids);
      refuseErrors(errors);
      const unserved = unsupported(errors);
      for (const { name } of lists) {
        if (!unserved.has(name) && !Array.isArray(entities[0]?.[name])) throw new Broken(`"${name}" is not a list.`);
      }
    },
  },
  {
    id: 'CG05',
    name: 'MUST answer with records as the contract describes them',
    async check(trust) {
      const { entities } = await askKnown(trust, everything);
      for (const { name, type } of lists) {
        const record = getNamedType(type);
        if (!isObjectType(record)) continue;
        const check = checkOf(record, new Set());
        for (const each of recordsOf(entities, name)) {
          const problem = check(each);
          if (problem) throw new Broken(`${name}: ${problem}.`);
        }
      }
    },
  },
  {
    id: 'CG06',
    name: 'MUST give each record of a list an id of its own, without the NHS number in it',
    async check(trust) {
      const { entities } = await askKnown(trust, ids);
      for (const { name } of lists) {
        for (const entity of entities) {
          const found = recordsOf([entity], name).map(({ id }) => String(id));
          if (new Set(found).size < found.length) throw new Broken(`Two ${name} of a patient have the same id.`);
          if (found.some((id) => id.includes(String(entity?.nhsNumber)))) {
            throw new Broken(`The id of one of the ${name} holds the NHS number.`);
          }
        }
      }
    },
  },
  {
    id: 'CG07',
    name: 'MUST name one and the same custodian in every record',
    async check(trust) {
      const selection = `nhsNumber ${lists.map(({ name }) => `${name} { custodian { odsCode } }`).join(' ')}`;
      const { entities } = await askKnown(trust, selection);
      const custodians = lists.flatMap(({ name }) =>
        recordsOf(entities, name).map(({ custodian }) => JSON.stringify(custodian)),
      );
      if (new Set(custodians).size > 1) throw new Broken(`There are ${new Set(custodians).size} custodians.`);
    },
  },
  {
    id: 'CG08',
    name: 'SHOULD serve every record type, and none with UNSUPPORTED',
    async check(trust) {
      const { errors } = await askPatients(trust, nobody(trust), ids);
      const unserved = [...unsupported(errors)];
      if (unserved.length > 0) throw new Broken(`It does not serve ${unserved.join(', ')}.`);
    },
  },
  ...shown.map((list, index) => ordered(`CG${10 + index}`, list)),
  {
    id: 'CG20',
    name: 'MUST cut careContacts at "first", keeping the latest',
    async check(trust) {
      const { entities, errors } = await askKnown(
        trust,
        'nhsNumber none: careContacts(first: 0) { id } one: careContacts(first: 1) { id } all: careContacts(first: 500) { id }',
      );
      refuseErrors(errors);
      if (recordsOf(entities, 'all').length === 0) throw new NotShown('None of the patients has careContacts.');
      for (const entity of entities) {
        const [none, one, all] = ['none', 'one', 'all'].map((alias) => recordsOf([entity], alias));
        if (none?.length !== 0) throw new Broken('"first: 0" is answered with records.');
        if (!same(one ?? [], (all ?? []).slice(0, 1)))
          throw new Broken('"first: 1" is not answered with the latest alone.');
      }
    },
  },
  {
    id: 'CG21',
    name: 'MUST refuse a "first" outside 0 to 500 with INVALID_PARAMETER, and answer the other fields',
    async check(trust) {
      for (const first of [-1, 501]) {
        const { entities, errors } = await askPatients(
          trust,
          nobody(trust),
          `nhsNumber alerts { id } careContacts(first: ${first}) { id }`,
        );
        const [error] = errors;
        if (error?.extensions?.code !== 'INVALID_PARAMETER')
          throw new Broken(`"first: ${first}" is not refused with that code.`);
        if (!error.path?.includes('careContacts')) throw new Broken('The error is not on the path of the field.');
        if (!Array.isArray(entities[0]?.alerts)) throw new Broken('The other fields are not answered.');
      }
    },
  },
  ...(['crisisPlans', 'alerts'] as const).map(
    (name, index): Audit => ({
      id: `CG${22 + index}`,
      name: `MUST answer ${name} of the states asked for alone, ACTIVE when none is said or it is null`,
      async check(trust) {
        const states = name === 'alerts' ? 'ACTIVE, INACTIVE' : 'ACTIVE, DRAFT, ON_HOLD, REVOKED, COMPLETED';
        const { entities, errors } = await askKnown(
          trust,
          `nhsNumber said: ${name}(status: [${states}]) { id status } unsaid: ${name} { id status } none: ${name}(status: null) { id status }`,
        );
        refuseErrors(errors);
        if (recordsOf(entities, 'said').length === 0) throw new NotShown(`None of the patients has ${name}.`);
        for (const entity of entities) {
          const active = recordsOf([entity], 'said').filter(({ status }) => status === 'ACTIVE');
          for (const alias of ['unsaid', 'none']) {
            if (!same(recordsOf([entity], alias), active))
              throw new Broken('The default is not those that are ACTIVE.');
          }
        }
      },
    }),
  ),
  {
    id: 'CG24',
    name: 'MUST answer contacts of the kinds asked for alone, all kinds when none is said or it is null',
    async check(trust) {
      const kinds = ['CRISIS_TEAM', 'NEXT_OF_KIN'];
      const { entities, errors } = await askKnown(
        trust,
        `nhsNumber all: contacts { id kind } none: contacts(kind: null) { id kind } some: contacts(kind: [${kinds.join(', ')}]) { id kind }`,
      );
      refuseErrors(errors);
      if (recordsOf(entities, 'all').length === 0) throw new NotShown('None of the patients has contacts.');
      for (const entity of entities) {
        const all = recordsOf([entity], 'all');
        if (!same(recordsOf([entity], 'none'), all)) throw new Broken('"kind: null" is not answered with all.');
        if (
          !same(
            recordsOf([entity], 'some'),
            all.filter(({ kind }) => kinds.includes(String(kind))),
          )
        ) {
          throw new Broken('Two kinds asked for are not answered with those two.');
        }
      }
    },
  },
  ...(
    [
      ['CG25', 'careContacts'],
      ['CG26', 'hospitalSpells'],
      ['CG27', 'legalStatuses'],
      ['CG29', 'referrals'],
    ] as const
  ).map(
    ([id, name]): Audit => ({
      id,
      name: `MUST answer ${name} since a day, the day itself included, in UK local time`,
      async check(trust) {
        const { entities } = await askKnown(trust, `nhsNumber ${name} { id start end }`);
        const some = entities.find((entity) => recordsOf([entity], name).length > 0);
        const middle =
          some && recordsOf([some], name).toSorted(by('start'))[Math.floor(recordsOf([some], name).length / 2)];
        if (!some || !middle) throw new NotShown(`None of the patients has ${name}.`);
        const day = String(middle.start).slice(0, 10);
        const from = startOfDay(day);
        const { entities: since, errors } = await askPatients(
          trust,
          [String(some.nhsNumber)],
          `nhsNumber ${name}(since: "${day}") { id start end }`,
        );
        refuseErrors(errors);
        const due = recordsOf([some], name).filter(({ start, end }) => {
          const decides = name === 'careContacts' ? start : end;
          return decides === null || Date.parse(String(decides)) >= from;
        });
        if (!same(recordsOf(since, name), due))
          throw new Broken('Other records are answered than those since that day.');
      },
    }),
  ),
  {
    id: 'CG28',
    name: 'MUST say that a patient whose day of death it gives has died',
    async check(trust) {
      const { entities } = await askKnown(trust, 'nhsNumber demographics { deceased deceasedDate }');
      const died = recordsOf(entities, 'demographics').filter(({ deceasedDate }) => typeof deceasedDate === 'string');
      if (died.length === 0) throw new NotShown('Of none of the patients is a day of death given.');
      if (died.some(({ deceased }) => deceased !== true)) throw new Broken('"deceased" is not true beside one.');
    },
  },
  {
    id: 'CG30',
    name: 'MUST answer the same field twice with other arguments under two aliases',
    async check(trust) {
      const { entities } = await askPatients(
        trust,
        nobody(trust),
        'nhsNumber a: alerts { id } b: alerts(status: [INACTIVE]) { id } c: careContacts(first: 1) { id } d: careContacts(since: "2020-01-01") { id }',
      );
      for (const alias of ['a', 'b', 'c', 'd']) {
        if (!Array.isArray(entities[0]?.[alias])) throw new Broken(`The alias "${alias}" is not answered with a list.`);
      }
    },
  },
  {
    id: 'CG31',
    name: 'MUST answer what is neither an NHS number nor a patient with null and an error, and the other patients all the same',
    async check(trust) {
      const [good = ''] = nobody(trust);
      const bad = misspelt(good);
      const { entities, errors, text } = await askPatients(trust, [bad, good], 'nhsNumber');
      if (entities[0] !== null || entities.length !== 2)
        throw new Broken('A wrong check digit is not answered with null.');
      if (entities[1]?.nhsNumber !== good) throw new Broken('The other patient is not answered.');
      if (!errors.some(({ path }) => path?.[0] === '_entities' && path[1] === 0)) {
        throw new Broken('There is no error at the path ["_entities", 0].');
      }
      if (text.includes(bad)) throw new Broken('The answer repeats the wrong number.');
    },
  },
  {
    id: 'CG32',
    name: 'MUST NOT repeat an NHS number in an error',
    async check(trust) {
      const [number = ''] = nobody(trust);
      const questions = [
        `{ _entities(representations: [{ __typename: "Patient", nhsNumber: "${number}" }]) { ... on Patient { x${number} } } }`,
        `{ _entities(representations: [{ __typename: "${number}" }]) { __typename } }`,
        `{ "${number}" `,
      ];
      for (const query of questions) {
        const { errors } = await post(trust, { query });
        if (JSON.stringify(errors ?? []).includes(number)) throw new Broken('An error repeats the number.');
      }
    },
  },
  {
    id: 'CG33',
    name: 'MUST NOT answer a query that stands in an address',
    async check({ url, fetch, gateway }) {
      const answer = await fetch(`${url}?query=${encodeURIComponent('{__typename}')}`, {
        method: 'GET',
        headers: {
          ...(gateway && { authorization: tokenFor(gateway, '') }),
          accept: 'application/json',
          'apollo-require-preflight': 'true',
        },
      });
      if (answer.status === 200 && (await answer.text()).includes('"Query"')) {
        throw new Broken('A GET request is answered: addresses are logged everywhere, and could name a patient.');
      }
    },
  },
  {
    id: 'CG34',
    name: 'MUST answer 200 patients in one request',
    async check(trust) {
      const asked = [...new Set([...trust.patients, ...testNumbers(200)])].slice(0, 200);
      const { entities, errors } = await askPatients(trust, asked, everything);
      refuseErrors(errors);
      if (
        !same(
          entities.map((entity) => entity?.nhsNumber),
          asked,
        )
      )
        throw new Broken('Not all patients are answered.');
    },
  },
  {
    id: 'CG35',
    name: 'SHOULD answer the same question twice in the same way',
    async check(trust) {
      const selection = everything.replaceAll(' answersNow', '');
      const [one, other] = [await askKnown(trust, selection), await askKnown(trust, selection)];
      if (one.text !== other.text) throw new Broken('The two answers differ.');
    },
  },
  ...REFUSALS,
  ...shared.map(({ list }, index) => ordered(`CG${50 + index}`, list)),
  ...shared.map(
    ({ list, as }, index): Audit => ({
      id: `CG${60 + index}`,
      name: `MUST answer ${list.name} with all that ${as.name} are taken from, whatever its status and age`,
      async check(trust) {
        const { atMost } = arrangement(contract, as).limit ?? { atMost: Number.POSITIVE_INFINITY };
        const { entities, errors } = await askKnown(
          trust,
          `nhsNumber all: ${list.name} { id } some: ${widest(contract, as)} { id }`,
        );
        refuseErrors(errors);
        if (unsupported(errors).has('all')) throw new NotShown('It does not serve them.');
        if (recordsOf(entities, 'some').length === 0) throw new NotShown(`None of the patients has ${as.name}.`);
        for (const entity of entities) {
          const all = new Set(recordsOf([entity], 'all').map(({ id }) => id));
          const some = recordsOf([entity], 'some').map(({ id }) => id);
          if (!some.every((id) => all.has(id))) throw new Broken(`It lacks some of the ${as.name}.`);
          if (some.length < atMost && some.length < all.size) throw new Broken(`It has more than the ${as.name}.`);
        }
      },
    }),
  ),
];

function ordered(id: string, field: GraphQLField<unknown, unknown>): Audit {
  const { name, type } = field;
  return {
    id,
    name: `MUST put ${name} in the order of the contract`,
    async check(trust) {
      const { compare } = arrangement(contract, field);
      const { entities } = await askKnown(trust, `nhsNumber ${name} ${everythingOf(type)}`);
      const long = entities.map((entity) => recordsOf([entity], name)).filter((records) => records.length > 1);
      if (long.length === 0) throw new NotShown(`None of the patients has two ${name}.`);
      if (!long.every((records) => same(records, [...records].sort(compare))))
        throw new Broken('They are in another order.');
    },
  };
}

/** A patient of whom the trust holds nothing. */
const nobody = (trust: TrustUnderAudit): string[] =>
  testNumbers(trust.patients.length + 1)
    .filter((number) => !trust.patients.includes(number))
    .slice(0, 1);

async function askKnown(trust: TrustUnderAudit, selection: string): Promise<Answer> {
  if (trust.patients.length === 0) throw new NotShown('No patient was named of whom the trust holds records.');
  return askPatients(trust, trust.patients, selection);
}

function recordsOf(entities: Answer['entities'], field: string): Readonly<Record<string, unknown>>[] {
  return entities.flatMap((entity) => {
    const records = entity?.[field];
    return Array.isArray(records) ? records : [];
  });
}

/** The fields that a trust says it does not serve at all. */
const unsupported = (errors: Answer['errors']): Set<unknown> =>
  new Set(errors.filter(isUnsupported).map(({ path }) => path?.at(-1)));

const isUnsupported = ({ extensions }: Answer['errors'][number]): boolean => extensions?.code === 'UNSUPPORTED';

function refuseErrors(errors: Answer['errors']): void {
  const error = errors.find((each) => !isUnsupported(each));
  if (error)
    throw new Broken(
      `There is an error at ${error.path?.join('.') ?? 'no path'}: ${error.extensions?.code ?? 'no code'}.`,
    );
}

const by =
  (field: string) =>
  (one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): number =>
    String(one[field]).localeCompare(String(other[field]));

const same = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
