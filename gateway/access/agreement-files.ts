import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseDate, parseODSCode } from '@caregraph/schema/scalars.ts';
import { ConfigError, checkConfig, readYAML } from '@caregraph/service/config.ts';
import type { Logger } from '@caregraph/service/log.ts';
import { contentFingerprint, type Reloading, reloading } from '@caregraph/service/reloading.ts';
import { z } from 'zod';
import type { Agreement, Agreements } from './agreements.ts';
import { purpose } from './caller.ts';
import { type RoleName, roleName } from './roles.ts';

/** Agreements as they stand in a folder of YAML files. What each key means stands in `docs/agreements.md`. */

const GROUPS = 'groups.yaml';

/** What stands before a group's id where an organisation could stand. */
const GROUP = 'group:';

/**
 * Reads the agreements in a folder, and follows them: a change that can be read is in force within seconds, one that cannot is
 * logged with every mistake in it, and the last good agreements stay.
 *
 * @param options.recordTypes the record types that there are now: see `recordTypesOf`.
 * @throws ConfigError as `readAgreements` does, when there are none to begin with.
 */
export function followAgreements(options: {
  readonly folder: string;
  readonly recordTypes: () => readonly string[];
  readonly log: Logger;
}): Reloading<Agreements> {
  const { folder, recordTypes, log } = options;
  return reloading({
    fingerprint: () => [contentFingerprint(yamlFiles(folder)), ...recordTypes()].join(' '),
    read: () => readAgreements(folder, recordTypes()),
    onReplaced: (agreements) =>
      log.info({ agreements: agreements.map(({ id }) => id) }, 'the sharing agreements were replaced'),
    onRefused: ({ message }) =>
      log.error(
        { mistakes: message.split('\n') },
        'the sharing agreements were refused: the last good ones stay in force',
      ),
  });
}

/**
 * Reads the agreements in a folder: one in each `*.yaml` but `groups.yaml`, which holds groups of organisations.
 *
 * @param recordTypes the record types that there are: see `recordTypesOf`.
 * @throws ConfigError that lists every mistake in every file. A folder without any agreement is one: with nothing shared, every
 *   patient would look like one of whom nobody holds a record.
 */
export function readAgreements(folder: string, recordTypes: readonly string[]): Agreements {
  const files = yamlFiles(folder);
  const wrong: string[] = [];
  const tried = <Value>(read: () => Value): Value | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      wrong.push(error.message);
      return undefined;
    }
  };
  const groupsFile = join(folder, GROUPS);
  const groups = tried((): Groups => (files.includes(groupsFile) ? readGroups(groupsFile) : new Map()));
  const contents = files
    .filter((file) => file !== groupsFile)
    .flatMap((file) => tried(() => [{ file, content: readYAML(file) }]) ?? []);
  const shape = agreementShape({ groups, recordTypes, taken: repeated(contents.map(({ content }) => content)) });
  const agreements = contents.flatMap(({ file, content }) => tried(() => [checkConfig(file, content, shape)]) ?? []);
  if (wrong.length > 0) throw new ConfigError(wrong.sort().join('\n'));
  if (agreements.length === 0) {
    throw new ConfigError(`The folder ${folder} holds no sharing agreement: it must hold a .yaml file for each.`);
  }
  return agreements;
}

/** In the order of their names, so that mistakes are. Hidden files are those of editors and of mounted config maps. */
function yamlFiles(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.yaml') && !name.startsWith('.'));
    return names.sort().map((name) => join(folder, name));
  } catch {
    throw new ConfigError(`The folder of sharing agreements ${folder} cannot be read.`);
  }
}

/** ODS codes of a group's members, by the group's id. */
type Groups = ReadonlyMap<string, ReadonlySet<string>>;

function readGroups(file: string): Groups {
  const content = readYAML(file);
  const group = z.strictObject({
    id: idNotIn(repeated(Array.isArray(content) ? content : []), 'group'),
    name: z.string().min(1),
    members: names((name) => odsCode(name) ?? 'must be an ODS code: a group holds organisations, and no other groups'),
  });
  return new Map(checkConfig(file, content, z.array(group)).map(({ id, members }) => [id, members]));
}

/**
 * The shape of an agreement's file.
 *
 * @param groups `undefined` when their own file has mistakes, which are then the only ones to be told of groups.
 * @param taken ids that more than one agreement has.
 */
function agreementShape({
  groups,
  recordTypes,
  taken,
}: {
  readonly groups: Groups | undefined;
  readonly recordTypes: readonly string[];
  readonly taken: ReadonlySet<string>;
}): z.ZodType<Agreement> {
  const organisations = (name: unknown): readonly string[] | string => {
    if (typeof name !== 'string' || !name.startsWith(GROUP)) {
      return (
        odsCode(name) ?? 'must be an ODS code (in quotes when it could be a number), or "group:" and the id of a group'
      );
    }
    if (!groups) return [];
    const members = groups.get(name.slice(GROUP.length));
    return members
      ? [...members]
      : `must be a group that ${GROUPS} holds: ${[...groups.keys()].join(', ') || 'it holds none'}`;
  };
  const term = z.strictObject({
    level: z.enum(['POINTER', 'CONTENT']),
    emergency: z.boolean().default(false),
    recordTypes: names(oneOf(recordTypes), { all: new Set(recordTypes) }),
    consumers: names(organisations, { everybody: 'everybody' as const }),
    roles: names(oneOf(roleName.options), { all: new Set(roleName.options), clinicians: CLINICIANS }),
    purposes: names(oneOf(purpose.options)),
  });
  return z
    .strictObject({
      id: idNotIn(taken, 'agreement'),
      name: z.string().min(1),
      from: date,
      until: date.optional(),
      custodians: names(organisations),
      shares: z.array(term).min(1, 'must hold at least one'),
    })
    .refine(({ from, until }) => !isDate(from) || !isDate(until) || from <= until, {
      path: ['until'],
      message: 'is before "from": it is the last day in force',
      // Whatever else is wrong: all mistakes are told at once.
      when: ({ value }) => typeof value === 'object' && value !== null,
    })
    .transform(({ id, from, until, custodians, shares }) => ({
      id,
      from,
      until: until ?? null,
      custodians,
      terms: shares,
    }));
}

/** Who treats or looks after patients. A role that is added must say whether it does. */
const TREATS: Readonly<Record<RoleName, boolean>> = {
  paramedic: true,
  'crisis-clinician': true,
  'community-nurse': true,
  midwife: true,
  'childrens-clinician': true,
  'liaison-clinician': true,
  'privacy-officer': false,
};
const CLINICIANS: ReadonlySet<RoleName> = new Set(roleName.options.filter((role) => TREATS[role]));

const isDate = (value: unknown): value is string => {
  try {
    return parseDate(value) === value;
  } catch {
    return false;
  }
};

const date = z.string().refine(isDate, 'must be a day of the calendar written "YYYY-MM-DD"');

const idNotIn = (taken: ReadonlySet<string>, what: string): z.ZodType<string> =>
  z
    .string()
    .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'must be of small letters, digits and single hyphens')
    .refine((id) => !taken.has(id), `must be its own: another ${what} has the same id`);

/** The ids that more than one of some contents has. */
function repeated(contents: readonly unknown[]): ReadonlySet<string> {
  const withId = z.object({ id: z.string() });
  const ids = contents.map((content) => withId.safeParse(content).data?.id).filter((id) => id !== undefined);
  return new Set(ids.filter((id, i) => ids.indexOf(id) !== i));
}

function odsCode(name: unknown): readonly string[] | undefined {
  try {
    return [parseODSCode(name)];
  } catch {
    return undefined;
  }
}

const oneOf =
  <Known extends string>(known: readonly Known[]) =>
  (name: unknown): readonly Known[] | string => {
    const found = known.find((each) => each === name);
    return found ? [found] : `must be one of ${known.join(', ')}`;
  };

/**
 * A list of names, or a word in its place.
 *
 * @param read what a name stands for, or what is wrong with it.
 * @param words the words, and what each stands for.
 */
function names<Item, Meant = never>(
  read: (name: unknown) => readonly Item[] | string,
  words: Readonly<Record<string, Meant>> = {},
): z.ZodType<ReadonlySet<Item> | Meant> {
  return z.unknown().transform((value, context) => {
    if (typeof value === 'string') {
      const meant = Object.hasOwn(words, value) ? words[value] : undefined;
      if (meant !== undefined) return meant;
    }
    const items = new Set<Item>();
    if (!Array.isArray(value) || value.length === 0) {
      const instead = Object.keys(words).map((word) => `, or the word "${word}"`);
      context.addIssue(`must be a list that names at least one${instead.join('')}`);
      return items;
    }
    for (const [i, name] of value.entries()) {
      const meant = read(name);
      if (typeof meant === 'string') context.addIssue({ code: 'custom', message: meant, path: [i] });
      else for (const item of meant) items.add(item);
    }
    return items;
  });
}
