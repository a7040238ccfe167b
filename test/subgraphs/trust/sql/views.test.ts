import { readFileSync } from 'node:fs';
import { getNamedType, isNonNullType, isObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { fieldOf } from '../../../../subgraphs/trust/adapters/sql/rows.ts';
import { POINTERS_VIEW, RECORD_VIEWS, type RecordView } from '../../../../subgraphs/trust/adapters/sql/views.ts';
import { schema, TYPES } from '../arbitraries.ts';
import { VIEWS, viewsFile } from './records-system.ts';

const page = readFileSync(new URL('../../../../docs/sql-views.md', import.meta.url), 'utf8');

/** What docs/sql-views.md says of a view's columns. */
function documented({ view }: RecordView): { column: string; type: string; nullable: boolean }[] {
  const section = page.split(`### \`caregraph.${view}\``)[1]?.split(/^#/m)[0] ?? '';
  return [...section.matchAll(/^\| `(\w+)` \| `([\w[\]]+)` \| (yes|no) \|/gm)].map(
    ([, column = '', type = '', nullable]) => ({
      column,
      type,
      nullable: nullable === 'yes',
    }),
  );
}

describe('the views', () => {
  it.each(VIEWS)('of $view are documented column by column, in order, with their types', (view) => {
    const columns = Object.entries(view.columns).map(([column, type]) => ({ column, type }));
    expect(documented(view).map(({ column, type }) => ({ column, type }))).toEqual(columns);
  });

  it.each(VIEWS)('of $view are in views.sql with the same columns, types and marks of what may be null', (view) => {
    const template = viewsFile().split(`create view caregraph.${view.view} as`)[1]?.split(';')[0] ?? '';
    const columns = [...template.matchAll(/null::([\w[\]]+) as "?(\w+)"?,?(?: +-- (not null))?$/gm)].map(
      ([, type = '', column = '', mark]) => ({ column, type, nullable: mark === undefined }),
    );
    expect(columns).toEqual(documented(view));
  });

  it.each(TYPES)(
    'of %s give every field of the contract that the kit does not fill in, null where it may be',
    (type) => {
      const patient = schema.getType('Patient');
      const record = isObjectType(patient) ? getNamedType(patient.getFields()[type]?.type) : undefined;
      const fields = isObjectType(record) ? Object.values(record.getFields()) : [];
      const wanted = fields
        .filter(({ name }) => !['custodian', 'answersNow', 'shortcomings'].includes(name))
        .map((field) => `${field.name} ${isNonNullType(field.type) ? 'not null' : 'null'}`);
      const given = documented(RECORD_VIEWS[type])
        .filter(({ column }) => column !== 'nhs_number')
        .map(({ column, nullable }) => `${fieldOf(column)} ${nullable ? 'null' : 'not null'}`);
      expect(given.toSorted()).toEqual(wanted.toSorted());
    },
  );

  it.each(TYPES)('of %s name every value that a column of the contract’s enums may have', (type) => {
    const patient = schema.getType('Patient');
    const record = isObjectType(patient) ? getNamedType(patient.getFields()[type]?.type) : undefined;
    const section = page.split(`### \`caregraph.${RECORD_VIEWS[type].view}\``)[1]?.split(/^#/m)[0] ?? '';
    for (const field of isObjectType(record) ? Object.values(record.getFields()) : []) {
      const named = getNamedType(field.type);
      if (!('getValues' in named) || ['answersNow', 'shortcomings'].includes(field.name)) continue;
      const row = section.split('\n').find((line) => fieldOf(line.split('`')[1] ?? '') === field.name) ?? '';
      for (const { name } of named.getValues()) expect(row).toContain(`\`${name}\``);
    }
  });

  it('describe the pointers by the fields of the port', () => {
    const fields = Object.keys(POINTERS_VIEW.columns).map(fieldOf);
    expect(fields).toEqual(['key', 'nhsNumber', 'type', 'content', 'practiceSetting', 'periodStart', 'periodEnd']);
  });
});
