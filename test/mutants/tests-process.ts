import { join, relative } from 'node:path';
import type { TestModule } from 'vitest/node';
import { createVitest } from 'vitest/node';

/** A request to the test process. */
export interface TestRequest {
  /** Files that have changed since the last request. */
  readonly changed: readonly string[];
  /** Test files in the order in which to run them. */
  readonly tests: readonly string[];
  readonly testTimeoutMs: number;
}

export interface TestFailure {
  readonly file: string;
  readonly test: string;
}

export interface TestAnswer {
  readonly failures: readonly TestFailure[];
  /** Duration of each test file. */
  readonly ranMs: Readonly<Record<string, number>>;
  /** Set if the process ended or was killed before it responded. */
  readonly isEnded?: true;
}

/** Message that a test file has started or ended. */
export interface TestStep {
  readonly file: string;
  readonly isOver: boolean;
}

/** Runs the test files in the given order. */
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
// Runs tests in a process that stays alive, because starting vitest and transforming unchanged files would take longer
// than most tests.
const vitest = await createVitest('test', {
  config: join(root, 'test/vitest.config.ts'),
  watch: false,
  project: projects.split(','),
  bail: isRecording ? 0 : 1,
  ...(projects === 'rooms' ? { isolate: false } : {}),
  // Most tests wait more than they compute, so more workers than cores can run.
  maxWorkers: 4,
  teardownTimeout: 2_000,
  passWithNoTests: true,
  reporters: [
    {
      onTestModuleQueued: ({ moduleId }) => sendMessage({ file: relative(root, moduleId), isOver: false }),
      onTestModuleEnd: ({ moduleId }) => sendMessage({ file: relative(root, moduleId), isOver: true }),
    },
  ],
  sequence: { sequencer: GivenOrder },
});
await vitest.standalone();
for (const { config } of vitest.projects) {
  config.setupFiles.push(...(isRecording ? [setupFile] : []));
}

process.on('message', (request: TestRequest) => {
  void answer(request).then(sendMessage);
});
process.once('disconnect', () => process.exit());
process.send?.('ready');

function sendMessage(told: TestAnswer | TestStep): void {
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
