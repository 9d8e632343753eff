import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TestAnswer, TestRequest, TestStep } from './tests-process.ts';

interface WarmTestsOptions {
  /** Directory of the project whose tests run. */
  readonly root: string;
  /** Name of the vitest project. */
  readonly project: string;
  /** Setup file that runs before each test file. */
  readonly setupFile?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Minimum time limit of a test file. It includes the work between two test files. */
const leastLimitMs = 15_000;

/** Runs tests in one process that stays alive. The process is only restarted after a test has hung. */
export class WarmTests {
  readonly #options: WarmTestsOptions;
  #child: Promise<ChildProcess> | undefined;

  constructor(options: WarmTestsOptions) {
    this.#options = options;
  }

  /**
   * Runs test files.
   *
   * @param limitMsOf returns the time limit of a file
   * @returns the result, with a failure for a file that timed out or ended the process
   */
  async run(request: TestRequest, limitMsOf: (file: string) => number): Promise<TestAnswer> {
    this.#child ??= this.#start();
    const child = await this.#child;
    const answer = Promise.withResolvers<TestAnswer>();
    const running = new Set(request.tests.slice(0, 1));
    const fail = (test: string) => {
      const [file = ''] = running;
      answer.resolve({ failures: [{ file, test }], ranMs: {}, isEnded: true });
    };
    const watch = () => {
      const limitMs = Math.max(...[...running].map(limitMsOf), leastLimitMs);
      return setTimeout(() => fail(`no end within ${Math.round(limitMs / 1_000)} s`), limitMs);
    };
    let timer = watch();
    const take = (told: TestAnswer | TestStep) => {
      if ('failures' in told) {
        answer.resolve(told);
        return;
      }
      running[told.isOver ? 'delete' : 'add'](told.file);
      clearTimeout(timer);
      timer = watch();
    };
    const end = () => fail('the end of the process');
    child.on('message', take).once('exit', end);
    child.send(request);
    const told = await answer.promise;
    clearTimeout(timer);
    child.off('message', take).off('exit', end);
    if (told.isEnded === true) {
      this.close();
    }
    return told;
  }

  async #start(): Promise<ChildProcess> {
    const { root, project, setupFile = '', env } = this.#options;
    const child = fork(
      fileURLToPath(new URL('tests-process.ts', import.meta.url)),
      [root, project, setupFile],
      {
        cwd: root,
        detached: true,
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
        env: { ...process.env, CI: 'true', ...env },
      },
    );
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', (code) => reject(new Error(`vitest has not started: ${code}`)));
    });
    return child;
  }

  /** Ends the test process and all processes that its tests left running. */
  close(): void {
    void this.#child?.then(endGroup);
    this.#child = undefined;
  }
}

function endGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-(pid as number), 'SIGKILL');
  } catch {
    // All processes have already ended.
  }
}
