import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TestAnswer, TestRequest } from './tests-process.ts';

interface WarmTestsOptions {
  /** The directory of the project whose tests run. */
  readonly root: string;
  /** The project of vitest. */
  readonly project: string;
  /** A file that each file of tests runs first. */
  readonly setupFile?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Tests in one process that stays, and begins again only after it stood still. */
export class WarmTests {
  readonly #options: WarmTestsOptions;
  #child: Promise<ChildProcess> | undefined;

  constructor(options: WarmTestsOptions) {
    this.#options = options;
  }

  /** @returns `undefined` when they did not end in time */
  async run(request: TestRequest, limitMs: number): Promise<TestAnswer | undefined> {
    this.#child ??= this.#start();
    const child = await this.#child;
    const answer = Promise.withResolvers<TestAnswer | undefined>();
    const timer = setTimeout(() => answer.resolve(undefined), limitMs);
    const end = () => answer.resolve(undefined);
    child.once('message', (told: TestAnswer) => answer.resolve(told)).once('exit', end);
    child.send(request);
    const told = await answer.promise;
    clearTimeout(timer);
    child.off('exit', end);
    if (told === undefined) {
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

  /** Ends the process, and what its tests have left running. */
  close(): void {
    void this.#child?.then(endGroup);
    this.#child = undefined;
  }
}

function endGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-(pid as number), 'SIGKILL');
  } catch {
    // All of them have ended.
  }
}
