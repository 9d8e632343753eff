import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import type { Env } from '../../src/runtime/config-error.ts';

const entry = new URL('../../src/comapi-webhook.mjs', import.meta.url).pathname;

export interface CommandProcess {
  readonly child: ChildProcess;
  /** Returns all output that the process has written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Exit code of the process, or the signal that ended it. */
  readonly exited: Promise<number | string>;
}

/**
 * Runs the real command in a separate process with only this environment.
 *
 * @param wrapper command prefix
 * @param onEnd registers cleanup; concurrent tests each pass their own function
 * @param program replaces the default program
 */
export function startCommand(
  args: readonly string[],
  env: Env = {},
  cwd?: string,
  wrapper: readonly string[] = [],
  onEnd = onTestFinished,
  program = entry,
): CommandProcess {
  const [command = '', ...rest] = [...wrapper, process.execPath, program, ...args];
  const child = spawn(command, rest, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd && { cwd }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  const exited = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  onEnd(() => {
    child.kill('SIGKILL');
  });
  return { child, stdout: () => stdout, stderr: () => stderr, exited };
}

export interface ReceiverProcess extends CommandProcess {
  readonly url: string;
  readonly managementUrl: string;
}

/** Starts the real receiver in a separate process on free ports. Resolves when the receiver is ready. */
export async function startReceiverProcess(
  env: Env,
  cwd?: string,
  wrapper?: readonly string[],
  program?: string,
): Promise<ReceiverProcess> {
  const receiver = await startListeningProcess(env, cwd, wrapper, program);
  await waitUntilReady(receiver.managementUrl);
  return receiver;
}

/** Like `startReceiverProcess`, but resolves when the receiver listens, which may be long before it is ready. */
export async function startListeningProcess(
  env: Env,
  cwd?: string,
  wrapper?: readonly string[],
  program?: string,
): Promise<ReceiverProcess> {
  const command = startCommand(
    ['receive'],
    { HTTP_HOST: '127.0.0.1', HTTP_PORT: '0', MANAGEMENT_PORT: '0', SHUTDOWN_DELAY_MS: '0', ...env },
    cwd,
    wrapper,
    onTestFinished,
    program,
  );
  const listening = await waitForLine(command, '"msg":"listening"');
  const { url, managementUrl } = JSON.parse(listening) as { url: string; managementUrl: string };
  const toLoopback = (text: string) => text.replace('localhost', '127.0.0.1');
  return { ...command, url: toLoopback(url), managementUrl: toLoopback(managementUrl) };
}

async function waitForLine({ child, stderr, exited }: CommandProcess, part: string): Promise<string> {
  const output = child.stderr as NodeJS.ReadableStream;
  for (;;) {
    const line = stderr()
      .split('\n')
      .find((each) => each.includes(part) && each.endsWith('}'));
    if (line !== undefined) {
      return line;
    }
    if ((await Promise.race([once(output, 'data'), exited.then(() => 'ended')])) === 'ended') {
      throw new Error(`The process ended without ${part}:\n${stderr()}`);
    }
  }
}

async function waitUntilReady(managementUrl: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  let last = '';
  while (Date.now() < deadline) {
    const response = await fetch(`${managementUrl}/readyz?verbose`);
    last = await response.text();
    if (response.ok) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Not ready: ${last}`);
}
