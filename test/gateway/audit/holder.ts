import { openAuditLog } from '../../../gateway/audit/log.ts';
import { options } from './harness.ts';

/** A process that holds the journal in the folder that it is given, until it is ended or its parent goes. */
const [folder = ''] = process.argv.slice(2);
// A log alone keeps no process alive.
process.channel?.ref();
await openAuditLog(options(folder));
process.send?.('held');
