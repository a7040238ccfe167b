import { once } from 'node:events';
import { openPrivateKeys } from '@caregraph/service/private-keys.ts';

/** Opens a file of private keys when it is told to, together with other processes, and says the name of the key. */
process.send?.('ready');
await once(process, 'message');
process.stdout.write(openPrivateKeys(process.argv[2] ?? '').signing().kid);
process.disconnect();
