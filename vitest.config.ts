import { defineConfig } from 'vitest/config';

// Workspace packages are read from their sources, so a test never runs against a stale build.
// Node applies these conditions to `require` too, so `import` and `module` must not be among them: CommonJS packages would get each other's ES modules.
const source = {
  resolve: { conditions: ['source', 'node'] },
  ssr: { resolve: { conditions: ['source', 'node'] } },
};

const project = (name: string, include: string[], testTimeout: number) => ({
  ...source,
  test: {
    name,
    include,
    testTimeout,
    hookTimeout: testTimeout,
    environment: 'node' as const,
    setupFiles: ['tests/property-seed.ts'],
  },
});

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      project('unit', ['packages/*/src/**/*.test.ts', 'packages/hub/web/src/**/*.test.ts', 'tests/house/**/*.test.ts'], 20_000),
      project('contracts', ['tests/contracts/**/*.test.ts'], 60_000),
      project('journeys', ['tests/journeys/**/*.test.ts'], 120_000),
      project('faults', ['tests/faults/**/*.test.ts'], 300_000),
      project('conformance', ['tests/conformance/**/*.test.ts'], 60_000),
      project('simulation', ['tests/simulation/**/*.test.ts'], 300_000),
      project('browser', ['tests/browser/**/*.test.ts'], 120_000),
    ],
  },
});
