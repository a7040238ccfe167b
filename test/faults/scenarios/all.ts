import type { Scenario } from '../scenario.ts';
import { silentOmissions } from './01-silent-omissions.ts';
import { slowTrust } from './02-slow-trust.ts';
import { deadTrust } from './03-dead-trust.ts';
import { hangingTrust } from './04-hanging-trust.ts';
import { healingTrust } from './05-healing-trust.ts';
import { nonsense } from './06-nonsense.ts';
import { bombs } from './07-bombs.ts';
import { mixedUp } from './08-mixed-up.ts';
import { ledAstray } from './09-led-astray.ts';
import { locator } from './10-locator.ts';
import { overload } from './11-overload.ts';
import { rollingRestart } from './12-rolling-restart.ts';
import { slowClients } from './13-slow-clients.ts';
import { replacedFiles } from './14-replaced-files.ts';

/** Every fault of the table that is tried here, in its order. */
export const SCENARIOS: readonly Scenario[] = [
  silentOmissions,
  slowTrust,
  deadTrust,
  hangingTrust,
  healingTrust,
  nonsense,
  bombs,
  mixedUp,
  ledAstray,
  locator,
  overload,
  rollingRestart,
  slowClients,
  replacedFiles,
];
