/** Whether a text may be the id of something here. What it is not stands nowhere, and need not be looked for. */
export function mayBeId(text: string): boolean {
  return /^[\w-]{1,100}$/.test(text);
}
