/*
 * Loaded into the gateway's process before anything else (`node --import`), and only by tests: answers by IPC what the
 * process holds. It changes nothing of what the gateway does.
 */

/** What a process holds. */
export interface Held {
  /** Memory in use after what nobody refers to was collected, in bytes: the heap and what lies outside it. */
  readonly memory: number;
  /** The most of it that was seen since it was last asked, in bytes: with what was yet to be collected. */
  readonly mostMemory: number;
  /** Open TCP connections, of both kinds. */
  readonly sockets: number;
  /** Processor time that it has used, in milliseconds. */
  readonly cpuMs: number;
  /** Whether any prototype that all objects share has something that does not belong there. */
  readonly prototypesClean: boolean;
}

const SAMPLED_EVERY_MS = 5;

const inUse = (): number => {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};
const keysAtFirst = Object.getOwnPropertyNames(Object.prototype).length;
let most = 0;
setInterval(() => {
  most = Math.max(most, inUse());
}, SAMPLED_EVERY_MS).unref();

process.on('message', (message: { readonly probe?: number }) => {
  if (message.probe === undefined) return;
  const mostMemory = Math.max(most, inUse());
  globalThis.gc?.();
  const memory = inUse();
  most = memory;
  const { user, system } = process.cpuUsage();
  const held: Held = {
    memory,
    mostMemory,
    sockets: process.getActiveResourcesInfo().filter((resource) => resource === 'TCPSocketWrap').length,
    cpuMs: (user + system) / 1_000,
    prototypesClean: Object.getOwnPropertyNames(Object.prototype).length === keysAtFirst && !('polluted' in {}),
  };
  process.send?.({ probe: message.probe, held });
});
