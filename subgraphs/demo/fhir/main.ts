import { parseArgs } from 'node:util';
import { run } from '@caregraph/service/run.ts';
import { startFhirServer } from './server.ts';

/** `node subgraphs/demo/fhir/main.ts --port 4301`: HL7's examples on a FHIR R4 server of this machine. */
await run('fhir', (log) => {
  const { port } = parseArgs({ options: { port: { type: 'string', default: '0' } } }).values;
  return startFhirServer({ host: '127.0.0.1', port: Number(port), log });
});
