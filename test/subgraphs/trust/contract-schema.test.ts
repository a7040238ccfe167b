import { buildSchema, isObjectType } from 'graphql';
import { expect, it } from 'vitest';
import { recordTypeOf } from '../../../subgraphs/trust/contract-schema.ts';

function typeOf(field: string): string | null {
  const schema = buildSchema(`
    directive @gather(orderBy: String!, sharedAs: String) on FIELD_DEFINITION
    type Query { _: Patient }
    type Patient { nhsNumber: ID ${field} }
    type Record { id: ID! }`);
  const patient = schema.getType('Patient');
  const [, last] = isObjectType(patient) ? Object.values(patient.getFields()) : [];
  if (!last) throw new Error('There is no such field.');
  return recordTypeOf(schema, last);
}

it('a list is of the record type of its name, or of the list it is shared as', () => {
  expect(typeOf('referrals: [Record!] @gather(orderBy: "id")')).toBe('referrals');
  expect(typeOf('anything: [Record!] @gather(orderBy: "id", sharedAs: "referrals")')).toBe('referrals');
});

it('a field that gathers nothing is of no record type, whatever its name', () => {
  expect(typeOf('referrals: [Record!]')).toBeNull();
});

it('a list of which no source has records is refused, rather than null for ever', () => {
  expect(() => typeOf('moods: [Record!] @gather(orderBy: "id")')).toThrow('moods gathers moods');
  expect(() => typeOf('history: [Record!] @gather(orderBy: "id", sharedAs: "__proto__")')).toThrow('gathers __proto__');
  expect(() => typeOf('history: [Record!] @gather(orderBy: "id", sharedAs: "history")')).toThrow('gathers history');
});
