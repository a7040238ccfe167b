import { readFileSync } from 'node:fs';
import { scalars } from '@caregraph/schema/scalars.ts';
import { ConfigError, readConfig, resolveBeside } from '@caregraph/service/config.ts';
import type { Logger } from '@caregraph/service/log.ts';
import { contentFingerprint, type Reloading, reloading } from '@caregraph/service/reloading.ts';
import { ACCESS_SUBGRAPH } from './access/access-subgraph.ts';
import { type GatewayConfig, gatewayConfig, OWN_SUPERGRAPH } from './config.ts';
import { type GatherRules, readGatherRules } from './gather/rules.ts';
import type { Trust } from './trusts/registry.ts';

/** What a gateway serves, and of whom: the part of its configuration that is followed while it runs. */
export interface Setup {
  readonly supergraphSdl: string;
  /** Addresses of subgraphs, by name, in place of those in the supergraph. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly trusts: readonly Trust[];
  /** How long a request may take, in milliseconds. */
  readonly deadlineMs: number;
}

/** A configuration, and what it comes to together with the supergraph that it names. */
export interface ReadSetup {
  readonly config: GatewayConfig;
  readonly setup: Setup;
  /** `null` when nothing is gathered in the supergraph. */
  readonly rules: GatherRules | null;
}

/** The keys of a configuration whose changes are in force at once; a change to another needs a new start. */
const FOLLOWED: ReadonlySet<string> = new Set(['trusts', 'subgraphs', 'deadlineMs', 'supergraph']);

/**
 * Reads a gateway's configuration and its supergraph, and follows both: a change that can be read is handed on within
 * seconds, one that cannot is logged with every mistake in it, and the last good one stays.
 *
 * @param onReplaced told of each that is read anew. Must not throw.
 * @throws ConfigError that lists every mistake, when there is no good one to begin with.
 */
export function followSetup(file: string, log: Logger, onReplaced: (read: ReadSetup) => void): Reloading<ReadSetup> {
  let supergraph = OWN_SUPERGRAPH;
  const followed = reloading({
    fingerprint: () => contentFingerprint([file, supergraph]),
    read: (): ReadSetup => {
      const config = readConfig(file, gatewayConfig);
      supergraph = config.supergraph ? resolveBeside(file, config.supergraph) : OWN_SUPERGRAPH;
      const setup: Setup = {
        supergraphSdl: readSupergraph(supergraph),
        addresses: Object.fromEntries(Object.entries(config.subgraphs).map(([name, { url }]) => [name, url])),
        trusts: config.trusts,
        deadlineMs: config.deadlineMs,
      };
      return { config, setup, rules: readRules(setup.supergraphSdl) };
    },
    onReplaced: (read) => {
      const waiting = waitingKeys(first, read.config);
      if (waiting.length > 0) log.warn({ keys: waiting }, 'these keys of the configuration wait for the next start');
      onReplaced(read);
    },
    onRefused: ({ message }) =>
      log.error({ mistakes: message.split('\n') }, 'the configuration was refused: the last good one stays in force'),
  });
  const { config: first } = followed.current();
  return followed;
}

/** The keys of a configuration whose changes wait for a new start. */
function waitingKeys(before: GatewayConfig, now: GatewayConfig): readonly string[] {
  const then = new Map<string, unknown>(Object.entries(before));
  const present = new Map<string, unknown>(Object.entries(now));
  const keys = new Set([...then.keys(), ...present.keys()]);
  const isOther = (one: unknown, another: unknown): boolean => JSON.stringify(one) !== JSON.stringify(another);
  return [
    ...[...keys].filter((key) => !FOLLOWED.has(key) && isOther(then.get(key), present.get(key))),
    // What the gateway calls on its own behalf is called for as long as the process runs.
    ...(isOther(before.subgraphs[ACCESS_SUBGRAPH], now.subgraphs[ACCESS_SUBGRAPH])
      ? [`subgraphs.${ACCESS_SUBGRAPH}`]
      : []),
  ];
}

function readSupergraph(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`The supergraph file ${file} cannot be read.`, { cause: error });
  }
}

function readRules(supergraphSdl: string): GatherRules | null {
  try {
    return readGatherRules(supergraphSdl, scalars);
  } catch (error) {
    throw new ConfigError(`The supergraph cannot be served. ${error instanceof Error ? error.message : ''}`.trim(), {
      cause: error,
    });
  }
}
