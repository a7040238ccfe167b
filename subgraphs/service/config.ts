import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parseDocument } from 'yaml';
import type { z } from 'zod';

/** Every mistake in a configuration file, a line each, with its path. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads a YAML configuration file and checks it against its shape.
 *
 * @throws ConfigError that lists every mistake.
 */
export function readConfig<Shape extends z.ZodType>(file: string, shape: Shape): z.output<Shape> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new ConfigError(`The configuration file ${file} cannot be read.`);
  }
  const document = parseDocument(text);
  if (document.errors.length > 0)
    throw mistakes(
      file,
      document.errors.map((error) => error.message),
    );
  const result = shape.safeParse(document.toJS() ?? {});
  if (result.success) return result.data;
  throw mistakes(file, result.error.issues.flatMap(describe));
}

/**
 * Reads the configuration named on the command line by `--config FILE`.
 *
 * @throws ConfigError when none is named, or as `readConfig` does.
 */
export function configFromArguments<Shape extends z.ZodType>(
  argv: readonly string[],
  shape: Shape,
): { file: string; config: z.output<Shape> } {
  let file: string | undefined;
  try {
    file = parseArgs({ args: [...argv], options: { config: { type: 'string' } } }).values.config;
  } catch (error) {
    throw new ConfigError(error instanceof Error ? error.message : String(error));
  }
  if (!file) throw new ConfigError('Name a configuration file: --config FILE.');
  return { file, config: readConfig(file, shape) };
}

/** A path that a configuration file names, relative to the folder of that file. */
export function resolveBeside(file: string, path: string): string {
  return resolve(dirname(file), path);
}

const mistakes = (file: string, lines: readonly string[]): ConfigError =>
  new ConfigError([`${file} is not a valid configuration:`, ...lines.map((line) => `  ${line}`)].join('\n'));

/** A union's mistakes are those of each of its branches: the reader knows which one was meant. */
function describe(issue: z.core.$ZodIssue): string[] {
  const at = issue.path.length > 0 ? issue.path.map(String).join('.') : '(the whole file)';
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [`${at}: ${issue.message}`];
  const branches = issue.errors.map((branch) =>
    branch.map((inner) => `${[...inner.path.map(String), ''].join('.')} ${inner.message}`.trim()).join('; '),
  );
  return [`${at}: ${branches.join(' — or: ')}`];
}
