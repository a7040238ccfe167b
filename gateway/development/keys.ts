import { fileURLToPath } from 'node:url';

/** The folder in which the demo and `npm run token` keep the development issuer's keys. */
export const DEVELOPMENT_KEYS = fileURLToPath(new URL('../../.caregraph/development', import.meta.url));
