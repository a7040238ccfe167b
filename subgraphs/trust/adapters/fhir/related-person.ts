import type { Contact, ContactKind } from '../../records.ts';
import { ORGANISATION_RELATIONSHIPS, PRIORITIES, RELATIONSHIP_KINDS, RELATIONSHIP_WORDS } from './codes.ts';
import { type Concept, concepts, nameInUse, telecoms, token } from './datatypes.ts';
import { bool, elements } from './element.ts';
import { idOf, lastUpdated, mapper, unmapped } from './mapping.ts';
import { hasEnded } from './time.ts';

/** FHIR R4 RelatedPerson → contact; none for somebody who is that no more. */
export const mapRelatedPerson = mapper<Contact>((person, { now }) => {
  if (bool(person, 'active') === false || hasEnded(person, 'period', now)) return [];
  const updated = lastUpdated(person);
  if (updated === null) return unmapped('no date of change');
  const name = nameInUse(elements(person, 'name'), now);
  if (name === null) return unmapped('no name');
  const relationship = relation(concepts(person, 'relationship'));
  return [
    {
      record: {
        id: idOf(person),
        lastUpdated: updated,
        ...relationship,
        name: name.text,
        team: null,
        telecoms: telecoms(person, now),
        hours: [],
        gaps: [],
        outOfHours: null,
      },
    },
  ];
});

/** What somebody is to the patient. */
export function relation(relationships: readonly Concept[]): Pick<Contact, 'kind' | 'priority' | 'role'> {
  const codings = relationships.flatMap((each) => each.codings);
  const kinds = new Set(codings.flatMap((each) => RELATIONSHIP_KINDS.get(token(each)) ?? []));
  const kind: ContactKind = kinds.has('NEXT_OF_KIN') ? 'NEXT_OF_KIN' : kinds.has('CARER') ? 'CARER' : 'OTHER_PERSON';
  const words = new Set(
    relationships.flatMap(
      (each) => each.words ?? each.codings.flatMap(({ code }) => RELATIONSHIP_WORDS.get(code) ?? []),
    ),
  );
  return { kind, priority: PRIORITIES[kind], role: words.size === 0 ? null : [...words].join(', ') };
}

/** Whether a contact is an office and not somebody in the patient's life. */
export const isOffice = (relationships: readonly Concept[]): boolean =>
  relationships.some(({ codings }) =>
    codings.some(
      ({ system, code }) =>
        system === 'http://terminology.hl7.org/CodeSystem/v2-0131' && ORGANISATION_RELATIONSHIPS.has(code),
    ),
  );
