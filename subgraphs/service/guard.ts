/** Finds out who asks, before anything of what was sent is read as more than bytes. */
export interface Guard<Caller> {
  /**
   * Checks what can be checked before the body is read: the value of the header `Authorization` (RFC 6750).
   *
   * @returns what then holds the token against the body, byte for byte, and says who asks. Without a body, against no bytes.
   * @throws UnauthenticatedError, as what it returns does, when it is not known who asks.
   * @throws when that cannot be found out, such as when keys cannot be had: a fault, which says nothing of the caller.
   */
  check(authorization: string | undefined): Promise<CheckBody<Caller>>;
}

/** Holds a body against the token that came with it. @throws UnauthenticatedError. */
export type CheckBody<Caller> = (body: Uint8Array) => Caller;

/** Asks nobody who they are: for a developer's machine. */
export const OPEN: Guard<null> = { check: async () => () => null };
