import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Each file of tests is a process, and starts others: what one has compiled, the next need not.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/node/', import.meta.url));

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
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
