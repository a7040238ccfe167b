import { idParts } from './check-pointer.ts';
import type { Mistake } from './mistakes.ts';
import { type NewPointer, type Pointer, type PointerStatus, saysTheSame } from './pointers.ts';

/**
 * What publishing a pointer comes to, where one with its id stands in the register already: nothing when it says the same
 * and is in force (a custodian may repeat a call whose answer was lost), a refusal otherwise.
 */
export function publishedAgain(pointer: NewPointer, standing: Pointer, path: string): Mistake | null {
  if (!saysTheSame(pointer, standing)) {
    return duplicate(path, 'Another pointer has this id. Give this one an id of its own, or leave the id out.');
  }
  if (standing.status !== 'CURRENT') {
    return duplicate(path, `This pointer was ${ended(standing.status)}, which is final. Publish it under a new id.`);
  }
  return null;
}

/** A second pointer with the same id in one call: refused unless it says the same. */
export function repeatedInCall(pointer: NewPointer, first: NewPointer, path: string): Mistake | null {
  return saysTheSame(pointer, first) ? null : duplicate(path, 'An earlier pointer of this call has the same id.');
}

/** Whether a pointer may be replaced by another: it is current, of the same patient and the same custodian. */
export function mayReplace(standing: Pointer, replacement: NewPointer): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  if (standing.status !== 'CURRENT') {
    const message = `This pointer was ${ended(standing.status)}, which is final; only a current one can be replaced.`;
    mistakes.push({ code: 'INVALID_RESOURCE', path: 'id', message });
  }
  if (standing.subject !== replacement.subject) {
    const message = 'A pointer is replaced by one for the same patient.';
    mistakes.push({ code: 'INVALID_RESOURCE', path: 'replacement.subject', message });
  }
  return mistakes;
}

/** Whether a pointer may be withdrawn: it is current, or withdrawn already. */
export function mayWithdraw(status: PointerStatus, path: string): Mistake | null {
  if (status !== 'SUPERSEDED') return null;
  return {
    code: 'INVALID_RESOURCE',
    path,
    message: 'This pointer was replaced, which is final. Withdraw the later one.',
  };
}

/** Whether an id can be one of the caller's own pointers, before anything is looked up. */
export function mayBeOwn(id: string, odsCode: string, path: string): Mistake | null {
  const parts = idParts(id);
  if (parts && parts.odsCode !== odsCode) {
    return {
      code: 'ACCESS_DENIED',
      path,
      message: `You may change pointers of your own organisation, ${odsCode}, alone.`,
    };
  }
  return parts?.isUUID ? null : notFound(path);
}

/** That there is no pointer with this id. */
export function notFound(path: string): Mistake {
  return { code: 'NO_RECORD_FOUND', path, message: 'Your organisation has published no pointer with this id.' };
}

const duplicate = (path: string, message: string): Mistake => ({
  code: 'DUPLICATE_REJECTED',
  path: `${path}.id`,
  message,
});

const ended = (status: PointerStatus): string => (status === 'SUPERSEDED' ? 'replaced' : 'withdrawn');
