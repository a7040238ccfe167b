import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isInterfaceType,
  isObjectType,
  Kind,
  type NamedTypeNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { isOf, objectTypes, type Selecting } from './field-selection.ts';

/** Where a selection stands: of what type, and of which object types a value can be there. */
interface Place {
  readonly type: GraphQLNamedType | undefined;
  readonly objects: readonly GraphQLObjectType[];
}

/** What is left of some selections. */
interface Left {
  readonly selections: readonly SelectionNode[];
  readonly isChanged: boolean;
  /** As in `Remaining`. */
  readonly copies: number;
}

const NOTHING: Left = { selections: [], isChanged: true, copies: 0 };

/**
 * What is left of an operation, in the order in which it was asked. A field that is refused of some of the types alone that
 * an interface stands for is asked of each of the others by name.
 *
 * What a fragment leaves depends on where it is spread, and so it is written anew for each kind of place, with no condition
 * in it that holds there for all or for nothing: Apollo Gateway cannot plan some fragments that can never apply, and passes
 * over what two conditions, one in the other, select of an object that does not say its type. Nothing is written twice for
 * one kind of place, so that the whole does not outgrow what was asked.
 */
export class Remaining {
  /** What fields select that is not left as it was, somewhere at least. */
  readonly changed = new Set<SelectionSetNode>();
  /** How often something is to be asked below fields that are asked of one type after another, all fragments written out. */
  copies = 0;
  readonly #selecting: Selecting;
  readonly #typeAlias: string;
  /** What is left below fields, by what was selected and the type of the field. */
  readonly #below = new Map<SelectionSetNode, Map<GraphQLNamedType, Left>>();
  /** What is left of fragments, by their name and place; and the name under which it is spread there. */
  readonly #spread = new Map<string, Left & { readonly name: string }>();
  /** The fragments that were made of what is left below fields. */
  readonly #parts = new Map<Left, string>();
  readonly #definitions = new Map<string, FragmentDefinitionNode>();
  #defined = 0;

  constructor(selecting: Selecting, typeAlias: string) {
    this.#selecting = selecting;
    this.#typeAlias = typeAlias;
  }

  /** @returns `null` when nothing is left. */
  of(operation: OperationDefinitionNode): { document: DocumentNode; operation: OperationDefinitionNode } | null {
    const { schema } = this.#selecting;
    const root = placeOf(schema, schema.getRootType(operation.operation));
    const { selections, copies } = this.#left(operation.selectionSet, root);
    this.copies = copies;
    if (selections.length === 0) return null;
    const left = { ...operation, selectionSet: setOf(selections) };
    return { document: { kind: Kind.DOCUMENT, definitions: [left, ...this.#definitions.values()] }, operation: left };
  }

  #left(set: SelectionSetNode, place: Place): Left {
    const selections: SelectionNode[] = [];
    let isChanged = false;
    let copies = 0;
    for (const node of set.selections) {
      const left = this.#leftOf(node, place);
      selections.push(...left.selections);
      isChanged ||= left.isChanged;
      copies += left.copies;
    }
    return { selections: isChanged ? selections : set.selections, isChanged, copies };
  }

  #leftOf(node: SelectionNode, place: Place): Left {
    switch (node.kind) {
      case Kind.FIELD:
        return this.#leftOfField(node, place);
      case Kind.INLINE_FRAGMENT:
        return this.#leftOfInline(node, place);
      case Kind.FRAGMENT_SPREAD:
        return this.#leftOfSpread(node, place);
    }
  }

  #leftOfInline(node: InlineFragmentNode, place: Place): Left {
    const { schema } = this.#selecting;
    const condition = node.typeCondition ? schema.getType(node.typeCondition.name.value) : place.type;
    const inner = narrowed(schema, place, condition);
    if (inner.objects.length === 0) return NOTHING;
    const { selections, isChanged, copies } = this.#left(node.selectionSet, inner);
    if (!isChanged && inner.type === condition) return { selections: [node], isChanged, copies };
    if (selections.length === 0) return NOTHING;
    const { typeCondition, ...rest } = node;
    const kept = inner.type === place.type ? rest : { ...rest, ...(typeCondition && { typeCondition }) };
    return { selections: [{ ...kept, selectionSet: setOf(selections) }], isChanged: true, copies };
  }

  #leftOfSpread(node: FragmentSpreadNode, place: Place): Left {
    const { schema, fragments } = this.#selecting;
    const fragment = fragments.get(node.name.value);
    if (!fragment) throw new Error('A valid document has the fragments that it spreads.');
    const condition = schema.getType(fragment.typeCondition.name.value);
    const inner = narrowed(schema, place, condition);
    if (inner.objects.length === 0) return NOTHING;
    const id = [node.name.value, inner.type, ...inner.objects].join(' ');
    let left = this.#spread.get(id);
    if (!left) {
      const { selections, isChanged, copies } = this.#left(fragment.selectionSet, inner);
      if (!isChanged && inner.type === condition) {
        left = { selections, isChanged, copies, name: node.name.value };
        this.#definitions.set(node.name.value, fragment);
      } else {
        const name = selections.length > 0 ? this.#define(inner.type, selections) : '';
        left = { selections, isChanged: true, copies, name };
      }
      this.#spread.set(id, left);
    }
    const { selections, isChanged, copies, name } = left;
    if (!isChanged) return { selections: [node], isChanged, copies };
    if (selections.length === 0) return NOTHING;
    return { selections: [{ ...node, name: { kind: Kind.NAME, value: name } }], isChanged, copies };
  }

  #leftOfField(node: FieldNode, { type, objects }: Place): Left {
    const name = node.name.value;
    const allowed = objects.filter((object) => !this.#selecting.refusals.get(object.name)?.has(name));
    if (allowed.length === 0) return NOTHING;
    if (allowed.length === objects.length) return this.#withBelow(node, fieldType(type, name));
    const each = allowed.map((object) => {
      const below = fieldType(object, name);
      const { selections, copies } = this.#withBelow(node, below, allowed.length > 1);
      return { selection: on(object, selections), copies: node.selectionSet ? copies + 1 : 0 };
    });
    return {
      selections: each.map(({ selection }) => selection),
      isChanged: true,
      copies: each.reduce((sum, { copies }) => sum + copies, 0),
    };
  }

  /** What is left of a field that is allowed, given the type of what is below it, which several copies of it may share. */
  #withBelow(node: FieldNode, type: GraphQLNamedType | undefined, isShared = false): Left {
    if (!node.selectionSet || !type) return { selections: [node], isChanged: false, copies: 0 };
    const left = this.#leftBelow(node.selectionSet, type);
    const { selections, isChanged, copies } = left;
    if (!isShared) {
      return { selections: [isChanged ? { ...node, selectionSet: setOf(selections) } : node], isChanged, copies };
    }
    const name = this.#parts.get(left) ?? this.#define(type, selections);
    this.#parts.set(left, name);
    const spread = { kind: Kind.FRAGMENT_SPREAD, name: { kind: Kind.NAME, value: name } } as const;
    return { selections: [{ ...node, selectionSet: setOf([spread]) }], isChanged: true, copies };
  }

  #leftBelow(set: SelectionSetNode, type: GraphQLNamedType): Left {
    const byType = this.#below.get(set) ?? new Map<GraphQLNamedType, Left>();
    this.#below.set(set, byType);
    let below = byType.get(type);
    if (!below) {
      const { selections, isChanged, copies } = this.#left(set, placeOf(this.#selecting.schema, type));
      if (isChanged) this.changed.add(set);
      // Apollo Gateway gives null for an object of which nothing but what is skipped was asked.
      below = { selections: isChanged ? [...selections, typename(this.#typeAlias)] : selections, isChanged, copies };
      byType.set(type, below);
    }
    return below;
  }

  #define(type: GraphQLNamedType | undefined, selections: readonly SelectionNode[]): string {
    let name: string;
    do name = `Part${++this.#defined}`;
    while (this.#selecting.fragments.has(name));
    this.#definitions.set(name, {
      kind: Kind.FRAGMENT_DEFINITION,
      name: { kind: Kind.NAME, value: name },
      typeCondition: named(type?.name ?? ''),
      selectionSet: setOf(selections),
    });
    return name;
  }
}

const placeOf = (schema: GraphQLSchema, type: GraphQLNamedType | null | undefined): Place => ({
  type: type ?? undefined,
  objects: type ? objectTypes(schema, type) : [],
});

/** A place, and what a fragment's condition leaves of it: of the type it was, where this has all the fields of the condition. */
function narrowed(schema: GraphQLSchema, place: Place, condition: GraphQLNamedType | undefined): Place {
  const { type } = place;
  if (!condition || condition === type) return place;
  const objects = place.objects.filter((object) => isOf(schema, object, condition));
  const implied =
    isObjectType(type) || (isInterfaceType(type) && type.getInterfaces().some((each) => each === condition));
  return { type: implied ? type : condition, objects };
}

function fieldType(type: GraphQLNamedType | undefined, name: string): GraphQLNamedType | undefined {
  const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
  return field && getNamedType(field.type);
}

const named = (name: string): NamedTypeNode => ({ kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: name } });

const on = (type: GraphQLObjectType, selections: readonly SelectionNode[]): InlineFragmentNode => ({
  kind: Kind.INLINE_FRAGMENT,
  typeCondition: named(type.name),
  selectionSet: setOf(selections),
});

const setOf = (selections: readonly SelectionNode[]): SelectionSetNode => ({ kind: Kind.SELECTION_SET, selections });

const typename = (alias: string): FieldNode => ({
  kind: Kind.FIELD,
  alias: { kind: Kind.NAME, value: alias },
  name: { kind: Kind.NAME, value: '__typename' },
});
