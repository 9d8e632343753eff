import { join, relative } from 'node:path';
import type { TestModule } from 'vitest/node';
import { createVitest } from 'vitest/node';

/** What is asked of the process. */
export interface TestRequest {
  /** Files that have changed since the last request. */
  readonly changed: readonly string[];
  /** In the order in which they are to run. */
  readonly tests: readonly string[];
  readonly testTimeoutMs: number;
}

export interface TestFailure {
  readonly file: string;
  readonly test: string;
}

export interface TestAnswer {
  readonly failures: readonly TestFailure[];
  /** How long each file took. */
  readonly ranMs: Readonly<Record<string, number>>;
  /** The process has not answered itself: it ended, or had to be ended. */
  readonly isEnded?: true;
}

/** A file begins, or ends. */
export interface TestStep {
  readonly file: string;
  readonly isOver: boolean;
}

/** Takes the files as they are given. */
class GivenOrder {
  async shard<T>(files: T): Promise<T> {
    return files;
  }

  async sort<T>(files: T): Promise<T> {
    return files;
  }
}

const [root = '', projects = '', setupFile = ''] = process.argv.slice(2);
const isRecording = setupFile !== '';
// One process that stays: to start vitest, and to transform what has not changed, costs more than most tests.
const vitest = await createVitest('test', {
  config: join(root, 'test/vitest.config.ts'),
  watch: false,
  project: projects.split(','),
  bail: isRecording ? 0 : 1,
  ...(projects === 'rooms' ? { isolate: false } : {}),
  // Most tests wait more than they work.
  maxWorkers: 4,
  teardownTimeout: 2_000,
  passWithNoTests: true,
  reporters: [
    {
      onTestModuleQueued: ({ moduleId }) => tell({ file: relative(root, moduleId), isOver: false }),
      onTestModuleEnd: ({ moduleId }) => tell({ file: relative(root, moduleId), isOver: true }),
    },
  ],
  sequence: { sequencer: GivenOrder },
});
await vitest.standalone();
for (const { config } of vitest.projects) {
  config.setupFiles.push(...(isRecording ? [setupFile] : []));
}

process.on('message', (request: TestRequest) => {
  void answer(request).then(tell);
});
process.once('disconnect', () => process.exit());
process.send?.('ready');

function tell(told: TestAnswer | TestStep): void {
  process.send?.(told);
}

async function answer({ changed, tests, testTimeoutMs }: TestRequest): Promise<TestAnswer> {
  for (const file of changed) {
    vitest.invalidateFile(join(root, file));
  }
  for (const { config } of vitest.projects) {
    config.testTimeout = testTimeoutMs;
    config.hookTimeout = testTimeoutMs;
    config.expect = { ...config.expect, poll: { timeout: Math.min(testTimeoutMs, 20_000) } };
  }
  const asked = tests.flatMap((file) => vitest.getModuleSpecifications(join(root, file)));
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(asked);
  const ran = testModules.filter(({ moduleId }) => tests.includes(relative(root, moduleId)));
  const failures = ran.map(findFailure).filter((found) => found !== undefined);
  const [unhandled] = unhandledErrors as readonly { readonly message?: string }[];
  return {
    ranMs: Object.fromEntries(
      ran.map((each) => {
        const { collectDuration, duration } = each.diagnostic();
        return [relative(root, each.moduleId), collectDuration + duration];
      }),
    ),
    failures:
      failures.length === 0 && unhandled !== undefined
        ? [{ file: tests[0] ?? '', test: `an error that nobody handled: ${unhandled.message}` }]
        : failures,
  };
}

function findFailure(module: TestModule): TestFailure | undefined {
  const file = relative(root, module.moduleId);
  const [test] = module.children.allTests('failed');
  if (test !== undefined) {
    const message = test.result().errors?.[0]?.message ?? '';
    return { file, test: `${test.fullName}: ${message}` };
  }
  const [error] = module.errors();
  return error === undefined ? undefined : { file, test: `could not be loaded: ${error.message}` };
}
