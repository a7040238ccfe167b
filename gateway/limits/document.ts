import { type DocumentNode, Kind, type SelectionNode, type SelectionSetNode, visit } from 'graphql';
import { type Excess, MOST } from './most.ts';

/**
 * What a document holds too much of to be validated and planned; `null` when it may be. The time it takes is linear in the
 * text, whatever its fragments come to when they are written out: each is gone through once.
 *
 * @param document as it was parsed. It need not be valid: a fragment that spreads itself counts as empty where it does, since
 *   validation refuses it.
 */
export function excessOfDocument(document: DocumentNode): Excess | null {
  const standing = countOf(document);
  for (const limit of STANDING) if (standing[limit] > MOST[limit]) return { limit, sent: standing[limit] };
  const writtenOut = measuring(document);
  let fields = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const operation = writtenOut(definition.selectionSet);
    if (operation.rootFields > MOST.rootFields) return { limit: 'rootFields', sent: operation.rootFields };
    if (operation.depth > MOST.depth) return { limit: 'depth', sent: operation.depth };
    fields += operation.fields;
  }
  return fields > MOST.fields ? { limit: 'fields', sent: fields } : null;
}

const STANDING = ['operations', 'variables', 'fragments', 'directives', 'aliases', 'fields'] as const;

/** What a document holds, as it stands in its text. */
function countOf(document: DocumentNode): Record<(typeof STANDING)[number], number> {
  const count = { operations: 0, variables: 0, fragments: 0, directives: 0, aliases: 0, fields: 0 };
  const one = (of: keyof typeof count) => () => void count[of]++;
  visit(document, {
    OperationDefinition: one('operations'),
    VariableDefinition: one('variables'),
    FragmentDefinition: one('fragments'),
    InlineFragment: one('fragments'),
    Directive: one('directives'),
    Field({ alias }) {
      count.fields++;
      if (alias) count.aliases++;
    },
  });
  return count;
}

/** What a selection set comes to once every fragment is written out. */
interface WrittenOut {
  readonly fields: number;
  /** Fields at its own level. */
  readonly rootFields: number;
  readonly depth: number;
}

const NOTHING: WrittenOut = { fields: 0, rootFields: 0, depth: 0 };

function measuring(document: DocumentNode): (set: SelectionSetNode) => WrittenOut {
  const fragments = new Map<string, SelectionSetNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition.selectionSet);
  }
  const known = new Map<string, WrittenOut>();
  const ofFragment = (name: string): WrittenOut => {
    let writtenOut = known.get(name);
    if (!writtenOut) {
      known.set(name, NOTHING);
      writtenOut = ofSet(fragments.get(name));
      known.set(name, writtenOut);
    }
    return writtenOut;
  };
  const ofSelection = (node: SelectionNode): WrittenOut => {
    if (node.kind === Kind.FRAGMENT_SPREAD) return ofFragment(node.name.value);
    const inner = ofSet(node.selectionSet);
    if (node.kind === Kind.INLINE_FRAGMENT) return inner;
    return { fields: 1 + inner.fields, rootFields: 1, depth: 1 + inner.depth };
  };
  const ofSet = (set: SelectionSetNode | undefined): WrittenOut =>
    (set?.selections ?? []).map(ofSelection).reduce(
      (sum, each) => ({
        fields: sum.fields + each.fields,
        rootFields: sum.rootFields + each.rootFields,
        depth: Math.max(sum.depth, each.depth),
      }),
      NOTHING,
    );
  return ofSet;
}

/** Whether a document gives another field the name by which the gateway is told which type an object has. */
export function hidesTypename(document: DocumentNode): boolean {
  let hides = false;
  visit(document, {
    Field({ alias, name }) {
      hides ||= alias?.value === '__typename' && name.value !== '__typename';
    },
  });
  return hides;
}
