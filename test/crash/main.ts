import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { CrashResult } from './crash.ts';
import { crashAuditLog, crashGateway } from './subjects.ts';

/*
 * `npm run crash -- [--gateway] [--kills 1000] [--seed N] [--folder FOLDER] [--results FILE]`: kills the audit log, or a whole
 * gateway, as often as it is told to, and says what came of it. FOLDER is on the disk that is to be tried; a temporary one
 * when left out.
 */

const { values } = parseArgs({
  options: {
    gateway: { type: 'boolean', default: false },
    kills: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    folder: { type: 'string', default: tmpdir() },
    results: { type: 'string' },
  },
});
const kills = Number(values.kills);
const seed = Number(values.seed);
const folder = mkdtempSync(join(values.folder, 'caregraph-crash-'));
const start = performance.now();
try {
  const result = await (values.gateway ? crashGateway : crashAuditLog)(folder, {
    kills,
    seed,
    onKill: (kill) => {
      if (kill % 50 === 0) process.stderr.write(`${kill} kills, ${seconds()} s\n`);
    },
  });
  const text = describe(result);
  process.stdout.write(text);
  if (values.results) appendFileSync(values.results, `\n${text}`);
  if (isBad(result)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

function seconds(): string {
  return ((performance.now() - start) / 1_000).toFixed(0);
}

function isBad(result: CrashResult): boolean {
  const { answeredWithoutEntry, twiceInJournal, twiceAtReceiver, notAtReceiver, findings } = result;
  return (
    [answeredWithoutEntry, twiceInJournal, twiceAtReceiver, findings].some((each) => each.length > 0) ||
    notAtReceiver !== 0
  );
}

function describe(result: CrashResult): string {
  const [cpu] = cpus();
  const rows: [string, string | number][] = [
    ['kills with SIGKILL', result.kills],
    ['… while requests were waiting', result.underLoad],
    ['… while the process was starting', result.whileOpening],
    ['requests answered', result.answered],
    ['requests not answered', result.unanswered],
    ['entries in the journal', result.entries],
    ['… of requests that were never answered', result.entriesWithoutAnswer],
    ['last lines torn by a kill', result.tornByKill],
    ['last lines torn by the harness, as a loss of power does', result.tornByHarness],
    ['torn last lines that were healed', result.healed],
    ['**answered, and no entry**', result.answeredWithoutEntry.length],
    ['**twice in the journal**', result.twiceInJournal.length],
    ['**twice at the receiver**', result.twiceAtReceiver.length],
    ['**in the journal, and not at the receiver**', result.notAtReceiver],
    ['**findings of `verify`, beside the witness**', result.findings.length],
  ];
  return `## ${result.kills} kills of ${values.gateway ? 'a whole gateway' : 'the audit log alone'}

What \`npm run crash --${values.gateway ? ' --gateway' : ''} --kills ${result.kills} --seed ${seed}\` said on ${new Date().toISOString().slice(0, 10)}, in ${seconds()} s, with Node ${process.versions.node}
on ${process.platform}, ${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}. What must be zero is in bold.

| | |
|---|---|
${rows.map(([what, count]) => `| ${what} | ${count} |`).join('\n')}
`;
}
