import { parseArgs } from 'node:util';
import { parseODSCode } from '@caregraph/schema/scalars.ts';
import { z } from 'zod';
import { purpose, ROLE_HEADER } from '../access/caller.ts';
import { roleName } from '../access/roles.ts';
import { developmentIssuer } from './issuer.ts';
import { DEVELOPMENT_KEYS } from './keys.ts';

const USAGE = `npm run -s token -- --org ODS --role ROLE [--role ROLE …] [--user NAME] [--purpose PURPOSE]
  ROLE     ${roleName.options.join(', ')}
           of several, each request names one in the header ${ROLE_HEADER}: NAME-1, NAME-2, …
  PURPOSE  ${purpose.options.join(', ')}`;

const roleNames = z.array(roleName).min(1);

if (import.meta.main) {
  try {
    process.stdout.write(`${await tokenFromArguments(process.argv.slice(2))}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
    process.exitCode = 1;
  }
}

async function tokenFromArguments(argv: string[]): Promise<string> {
  const { values } = parseArgs({
    args: argv,
    options: {
      org: { type: 'string' },
      role: { type: 'string', multiple: true },
      user: { type: 'string' },
      purpose: { type: 'string' },
    },
  });
  const role = roleNames.safeParse(values.role);
  if (!role.success) throw new Error('Name a role with --role.');
  const reason = purpose.safeParse(values.purpose ?? 'directcare');
  if (!reason.success) throw new Error('That is not a purpose.');
  if (!values.org) throw new Error('Name an organisation by its ODS code with --org.');
  const issuer = await developmentIssuer(DEVELOPMENT_KEYS);
  return issuer.token({
    organisation: parseODSCode(values.org),
    role: role.data,
    user: values.user ?? 'developer',
    purpose: reason.data,
  });
}
