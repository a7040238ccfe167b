import { existsSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseDate, parseDateTime, parseNHSNumber } from '@caregraph/schema/scalars.ts';
import { knownHead } from '@caregraph/service/audit/chain.ts';
import { type AuditKeys, readAuditKeys } from '@caregraph/service/audit/keys.ts';
import type { Anchor, Finding, Verification } from '@caregraph/service/audit/verify.ts';
import { ConfigError, readConfig } from '@caregraph/service/config.ts';
import { gatewayConfig } from '../config.ts';
import { auditPlaces } from './config.ts';
import { exportPatient } from './export.ts';
import { bundleOf } from './fhir.ts';
import { verifyJournal } from './verify-journal.ts';
import { readWitness } from './witness.ts';

const USAGE = `npm run -s audit -- verify [WHERE] [--head FILE]...
npm run -s audit -- export [WHERE] [--patient NHS-NUMBER] [--since TIME] [--until TIME] [--format bundle|ndjson]

verify says whether the log is as it was written (status 0), or which line is not and how (status 1).
export prints the entries of a patient as FHIR R4 AuditEvent resources. Without --patient the NHS number is read from the
standard input: other users of the machine can see the arguments of a command.

WHERE
  --config FILE        the gateway's configuration; that of the demo when there is one
  --folder FOLDER      the journal, in place of the configuration's
  --archive FOLDER     segments that were moved out of it; may be given several times
  --public-keys FILE   the keys that are trusted (RFC 7517), in place of the gateway's own
  --witness FILE       a witness, in place of the configuration's; may be given several times
  --head FILE          what somebody else knows of the chain, {"chain":…,"seq":…,"hash":…}; may be given several times
`;

const DEMO_CONFIG = fileURLToPath(new URL('../../.caregraph/demo/gateway.yaml', import.meta.url));

/** More findings than this are counted, not shown. */
const MOST_SHOWN = 50;

const OPTIONS = {
  config: { type: 'string' },
  folder: { type: 'string' },
  archive: { type: 'string', multiple: true },
  'public-keys': { type: 'string' },
  witness: { type: 'string', multiple: true },
  head: { type: 'string', multiple: true },
  patient: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  format: { type: 'string' },
} as const;

/** The log could not be looked at. */
const FAILED = 2;

if (import.meta.main) {
  try {
    process.exitCode = await command(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = FAILED;
  }
}

async function command(argv: string[]): Promise<number> {
  const { values, positionals } = readArguments(argv);
  const [name, ...more] = positionals;
  if (more.length === 0 && name === 'verify') {
    const where = whereOf(values);
    return report(await verifyJournal(where), where);
  }
  if (more.length === 0 && name === 'export') return exportEvents(values, whereOf(values));
  process.stderr.write(USAGE);
  return FAILED;
}

type Values = ReturnType<typeof readArguments>['values'];

function readArguments(argv: string[]) {
  try {
    return parseArgs({ args: argv, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : ''}\n\n${USAGE}`);
  }
}

interface Where {
  readonly folders: readonly string[];
  readonly keys: AuditKeys;
  readonly anchors: readonly Anchor[];
}

function whereOf(values: Values): Where {
  const { folder, keys, witness } = placesOf(values);
  return {
    folders: [folder, ...(values.archive ?? [])],
    keys: readKeys(keys),
    anchors: [
      ...witness.flatMap((file) => {
        const head = readWitness(file);
        return head ? [{ source: `the witness ${file}`, chain: head.chain, head }] : [];
      }),
      ...(values.head ?? []).map((file) => {
        const head = knownHead.parse(readJSON(file));
        return { source: file, chain: head.chain, head };
      }),
    ],
  };
}

/** What was named on the command line, and for the rest what the gateway's configuration says. */
function placesOf(values: Values): { folder: string; keys: string; witness: readonly string[] } {
  const { folder, 'public-keys': keys, witness } = values;
  if (folder !== undefined && keys !== undefined) return { folder, keys, witness: witness ?? [] };
  const file = values.config ?? (existsSync(DEMO_CONFIG) ? DEMO_CONFIG : undefined);
  if (file === undefined) throw new Error(`Name the gateway's configuration: --config FILE.\n\n${USAGE}`);
  const { audit } = readConfig(file, gatewayConfig);
  if (!audit) throw new ConfigError(`${file} says nothing of the audit: there is no key "audit" in it.`);
  const places = auditPlaces(file, audit);
  return { folder: folder ?? places.folder, keys: keys ?? places.keys, witness: witness ?? [places.witness] };
}

function readKeys(file: string): AuditKeys {
  try {
    return readAuditKeys(readJSON(file));
  } catch (error) {
    throw new Error(`The keys in ${file} cannot be read. ${error instanceof Error ? error.message : ''}`);
  }
}

function readJSON(file: string): unknown {
  const json = readFileSync(file, 'utf8');
  try {
    return JSON.parse(json);
  } catch {
    // The parser's own message repeats what it could not read, which may be a key.
    throw new Error(`${file} is not JSON.`);
  }
}

function report({ chain, lines, entries, head, signed, findings }: Verification, { anchors }: Where): number {
  const out: string[] = findings.slice(0, MOST_SHOWN).map(describe);
  if (findings.length > MOST_SHOWN) out.push(`and ${findings.length - MOST_SHOWN} more`);
  const held = anchors.map(({ source, head: { seq } }) => `${source}, which knows of line ${seq}`);
  out.push(
    findings.length === 0 ? 'ok' : `NOT AS IT WAS WRITTEN: ${findings.length} findings`,
    `chain          ${chain ?? 'none'}`,
    `lines          ${lines}, of which ${entries} are entries; the last is ${head?.seq ?? 'none'}`,
    `head           ${chain && head ? JSON.stringify({ chain, ...head }) : 'none'}`,
    `vouched for    ${signed ? `up to line ${signed.seq}, signed at ${signed.at}` : 'nothing'}`,
    `compared with  ${held.join('; ') || 'nothing: an older copy of the whole log would not be found'}`,
  );
  process.stdout.write(`${out.join('\n')}\n`);
  return findings.length === 0 ? 0 : 1;
}

function describe({ kind, entry, message }: Finding): string {
  return `${kind.padEnd(13)} ${message}${entry ? ` It holds the entry ${entry}.` : ''}`;
}

async function exportEvents(values: Values, where: Where): Promise<number> {
  const { format = 'bundle' } = values;
  if (format !== 'bundle' && format !== 'ndjson') throw new Error('--format is bundle or ndjson.');
  const since = momentOf('since', values.since) ?? Number.NEGATIVE_INFINITY;
  const until = momentOf('until', values.until) ?? Number.POSITIVE_INFINITY;
  const patient = parseNHSNumber(values.patient ?? (await text(process.stdin)).trim());
  const { findings } = await verifyJournal(where);
  const { events, elsewhere } = await exportPatient(where.folders, { patient, since, until });
  process.stdout.write(
    format === 'bundle'
      ? `${JSON.stringify(bundleOf(events, new Date()), null, 2)}\n`
      : events.map((event) => `${JSON.stringify(event)}\n`).join(''),
  );
  for (const chain of elsewhere) {
    process.stderr.write(`The access subgraph holds entries that are not in this journal, in the chain ${chain}.\n`);
  }
  if (findings.length === 0) return 0;
  process.stderr.write('This log is not as it was written: see npm run audit -- verify.\n');
  return 1;
}

/** Milliseconds since 1970. */
function momentOf(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  for (const read of [parseDateTime, (day: string) => `${parseDate(day)}T00:00:00Z`]) {
    try {
      return Date.parse(read(value));
    } catch {
      // The other form, perhaps.
    }
  }
  throw new Error(
    `--${name} is a day, "YYYY-MM-DD", which begins at midnight UTC, or a moment, "YYYY-MM-DDThh:mm:ssZ".`,
  );
}
