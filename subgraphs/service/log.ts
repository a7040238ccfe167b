import { type Logger, pino, stdTimeFunctions } from 'pino';
import { withholdFromJSON } from './withhold.ts';

export type { Logger };

/** Somewhere that log lines go; `process.stdout` is one. */
export interface LogDestination {
  write(line: string): void;
}

export interface LogOptions {
  /** The process that speaks, such as `gateway` or `trust RW5`. */
  readonly name: string;
  /** The least grave level that is written, `info` by default. */
  readonly level?: string;
  readonly destination?: LogDestination;
}

/**
 * A structured log: one JSON object a line, times in RFC 3339. Whatever is logged, by whomever, whatever could be an NHS
 * number is withheld from every key and value before the line is written.
 */
export function createLog({ name, level = 'info', destination = process.stdout }: LogOptions): Logger {
  return pino(
    { name, level, base: { name, pid: process.pid }, timestamp: stdTimeFunctions.isoTime },
    { write: (line) => destination.write(`${JSON.stringify(withholdFromJSON(line))}\n`) },
  );
}
