import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';

// Each file of tests is a process, and starts others: what one has compiled, the next need not.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/node/', import.meta.url));

/** Starts the small files that take longest before the rest: what is begun last has nothing to run beside. */
class LongestFirst extends BaseSequencer {
  override async sort(...[files]: Parameters<BaseSequencer['sort']>): ReturnType<BaseSequencer['sort']> {
    const { long = [], short = [] } = Object.groupBy(await super.sort(files), ({ moduleId }) =>
      /\/test\/(faults|e2e|crash)\//.test(moduleId) ? 'long' : 'short',
    );
    return [...long, ...short];
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    sequence: { sequencer: LongestFirst },
    // Two cores: two files side by side, each in a process of its own with real servers.
    pool: 'forks',
    maxWorkers: 2,
    // Long enough for a machine that does a lot besides: what hangs is found all the same.
    testTimeout: 120_000,
    hookTimeout: 240_000,
    // Node runs the TypeScript as it is, in tests as everywhere else. (Vite would load a second copy of graphql.)
    experimental: { viteModuleRunner: false },
  },
});
