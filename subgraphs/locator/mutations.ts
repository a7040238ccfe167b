import { refuse } from '@caregraph/service/errors.ts';
import { inTime } from '@caregraph/service/in-time.ts';
import { callingOrganisation } from './caller.ts';
import { checkPointer, type PointerInput, type Publisher } from './check-pointer.ts';
import type { LocatorContext } from './context.ts';
import { atMost, MOST_POINTERS } from './limits.ts';
import { type Mistake, refusal } from './mistakes.ts';
import type { OrganisationStore } from './organisation-store.ts';
import type { PlacedPointer, PointerStore } from './pointer-store.ts';
import { mayBeOwn, repeatedInCall } from './transitions.ts';

/** What custodians do with their own pointers (contract: `Mutation`). Each call happens whole, or not at all. */
export const mutations = (organisations: OrganisationStore, pointers: PointerStore, newUUID: () => string) => {
  /** The caller as a publisher of these pointers: it must be an organisation that stands in the register. */
  const publisherOf = async (
    inputs: readonly PointerInput[],
    { caller, signal }: LocatorContext,
  ): Promise<Publisher> => {
    const odsCode = callingOrganisation(caller);
    const named = new Set([odsCode, ...inputs.flatMap(({ author }) => author ?? [])]);
    const known = await inTime(signal, () => organisations.known([...named], signal));
    if (!known.has(odsCode)) {
      throw refuse(
        'ACCESS_DENIED',
        `The locator does not know an organisation ${odsCode}; it must be registered first.`,
      );
    }
    return { odsCode, knows: (code) => known.has(code), newUUID };
  };

  return {
    async publishPointers(
      _: unknown,
      { pointers: inputs }: { pointers: readonly PointerInput[] },
      context: LocatorContext,
    ) {
      atMost(MOST_POINTERS, inputs, 'pointers');
      const publisher = await publisherOf(inputs, context);
      const mistakes: Mistake[] = [];
      const placed = new Map<string, PlacedPointer>();
      const ids = inputs.map((input, i) => {
        const path = `pointers[${i}]`;
        const { pointer, mistakes: found } = checkPointer(input, path, publisher);
        mistakes.push(...found);
        const first = placed.get(pointer.id);
        const repeated = first && repeatedInCall(pointer, first.pointer, path);
        if (repeated) mistakes.push(repeated);
        if (!first) placed.set(pointer.id, { path, pointer });
        return pointer.id;
      });
      if (mistakes.length > 0) throw refusal(mistakes);
      await inTime(context.signal, () => pointers.publish([...placed.values()], context.now, context.signal));
      return { ids };
    },

    async supersedePointer(
      _: unknown,
      { id, replacement }: { id: string; replacement: PointerInput },
      context: LocatorContext,
    ) {
      const publisher = await publisherOf([replacement], context);
      const notOwn = mayBeOwn(id, publisher.odsCode, 'id');
      const { pointer, mistakes } = checkPointer(replacement, 'replacement', publisher);
      if (notOwn || mistakes.length > 0) throw refusal([...(notOwn ? [notOwn] : []), ...mistakes]);
      await inTime(context.signal, () => pointers.supersede(id, pointer, context.now, context.signal));
      return { ids: [pointer.id] };
    },

    async withdrawPointers(_: unknown, { ids }: { ids: readonly string[] }, context: LocatorContext) {
      const caller = callingOrganisation(context.caller);
      atMost(MOST_POINTERS, ids, 'ids');
      const mistakes = ids.flatMap((id, i) => mayBeOwn(id, caller, `ids[${i}]`) ?? []);
      if (mistakes.length > 0) throw refusal(mistakes);
      return { count: await inTime(context.signal, () => pointers.withdraw(ids, context.now, context.signal)) };
    },
  };
};
