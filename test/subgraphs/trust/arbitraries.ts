import fc from 'fast-check';
import {
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { contractSchema, recordChecks } from '../../../subgraphs/trust/contract-schema.ts';
import type { RecordTypes } from '../../../subgraphs/trust/source.ts';

export const schema = contractSchema();

const FILLED_IN = new Set(['custodian', 'answersNow', 'shortcomings']);

const twoDigits = (from: number, to: number): fc.Arbitrary<string> =>
  fc.integer({ min: from, max: to }).map((number) => String(number).padStart(2, '0'));

const day = fc
  .date({ min: new Date('1930-01-01'), max: new Date('2060-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

/** Moments in the form in which PostgreSQL gives them back: a fraction without zeros at its end. */
const moment = fc
  .tuple(day, twoDigits(0, 23), twoDigits(0, 59), twoDigits(0, 59), fc.integer({ min: 0, max: 999_999 }))
  .map(([date, hour, minute, second, micros]) => {
    const fraction = micros === 0 ? '' : `.${String(micros).padStart(6, '0').replace(/0+$/, '')}`;
    return `${date}T${hour}:${minute}:${second}${fraction}Z`;
  });

const text = fc.string({ unit: 'grapheme', maxLength: 12 }).map((string) => string.replaceAll('\u0000', ''));

const anyOf = (type: GraphQLOutputType): fc.Arbitrary<unknown> =>
  isNonNullType(type) ? present(type.ofType) : fc.option(present(type), { nil: null, freq: 3 });

function present(type: GraphQLOutputType): fc.Arbitrary<unknown> {
  if (isListType(type)) return fc.array(anyOf(type.ofType), { maxLength: 3 });
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name));
  if (isObjectType(type)) return objectOf(type);
  switch (getNamedType(type).name) {
    case 'ID':
      return text.filter((id) => id !== '');
    case 'Int':
      return fc.integer();
    case 'Boolean':
      return fc.boolean();
    case 'Date':
      return day;
    case 'DateTime':
      return moment;
    case 'ODSCode':
      return fc.constantFrom('RW5', 'RXT', 'RRE', '8HX01');
    case 'LocalTime':
      return fc.tuple(twoDigits(0, 23), twoDigits(0, 59)).map((parts) => parts.join(':'));
    default:
      return text;
  }
}

const objectOf = (type: GraphQLObjectType): fc.Arbitrary<object> =>
  fc.record(
    Object.fromEntries(
      Object.values(type.getFields())
        .filter((field) => !FILLED_IN.has(field.name))
        .map((field) => [field.name, anyOf(field.type)]),
    ),
  );

/** The names of the record types. */
export const TYPES = [
  'demographics',
  'crisisPlans',
  'contacts',
  'alerts',
  'careContacts',
  'hospitalSpells',
  'legalStatuses',
  'referrals',
] as const satisfies readonly (keyof RecordTypes)[];

/** The names of the lists that are shared as another one, by the name of that. */
export const HISTORIES = {
  demographics: 'demographicsHistory',
  crisisPlans: 'crisisPlanHistory',
  careContacts: 'careContactHistory',
  hospitalSpells: 'hospitalSpellHistory',
  legalStatuses: 'legalStatusHistory',
  referrals: 'referralHistory',
} as const satisfies Partial<Record<keyof RecordTypes, string>>;

/** Any record of a type that the contract allows, made from the contract itself. */
export function anyRecord(type: keyof RecordTypes): fc.Arbitrary<object> {
  const patient = schema.getType('Patient');
  const record = isObjectType(patient) ? getNamedType(patient.getFields()[type]?.type) : undefined;
  if (!isObjectType(record)) throw new Error(`The contract has no ${type}.`);
  return objectOf(record);
}

/** Any records of a type, each with an id of its own. */
export function anyRecords<Type extends keyof RecordTypes>(type: Type): fc.Arbitrary<RecordTypes[Type][]> {
  const check = recordChecks(schema).get(type);
  const fits = (record: object): record is RecordTypes[Type] => check?.(record) === null;
  return fc.uniqueArray(anyRecord(type).filter(fits), { maxLength: 8, selector: (record) => record.id });
}
