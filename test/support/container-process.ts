import { readFileSync } from 'node:fs';
import type { Env } from '../../src/runtime/config-error.ts';
import { startListeningProcess } from './receiver-process.ts';

const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
const container = ['unshare', ...asRoot, '--pid', '--fork', '--kill-child', '--mount-proc'];

export type ContainerReceiver = Awaited<ReturnType<typeof startContainerReceiver>>;

/**
 * Starts a receiver as process 1 in a separate process namespace, as in a container. This requires Linux and, without
 * root, user namespaces.
 */
export async function startContainerReceiver(env: Env) {
  const receiver = await startListeningProcess(env, undefined, container);
  const { pid } = receiver.child;
  const inside = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
  return {
    ...receiver,
    /** Sends SIGTERM to the receiver itself. */
    terminate: () => void process.kill(inside, 'SIGTERM'),
    async kill9() {
      process.kill(inside, 'SIGKILL');
      await receiver.exited;
    },
    /** Sends SIGSTOP to the receiver. Returns a function that resumes the process. */
    freeze: () => void process.kill(inside, 'SIGSTOP'),
    thaw: () => void process.kill(inside, 'SIGCONT'),
    ready: async () => (await fetch(`${receiver.managementUrl}/readyz`)).ok,
    /** Returns the detail of the store's readiness check. */
    async sinkDetail() {
      const response = await fetch(`${receiver.managementUrl}/readyz?verbose`);
      const { checks } = (await response.json()) as { checks: { name: string; detail: string }[] };
      return checks.find(({ name }) => name === 'sink')?.detail ?? '';
    },
  };
}
