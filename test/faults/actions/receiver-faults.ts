import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from './fault.ts';

/**
 * Faults that end the process in different ways. A round has at most one of them, because two would interfere with each
 * other.
 */
export const endings: readonly Fault[] = [
  {
    name: 'kill -9 the receiver',
    async run({ service }, durationMs) {
      await service.process.kill9();
      await delay(Math.min(durationMs, 1_000));
      await service.process.start();
    },
  },
  {
    name: 'SIGTERM the receiver',
    async run({ service, report }) {
      const code = await service.process.terminate();
      if (code !== 0) {
        report({ kind: 'exit', text: `SIGTERM gave ${code ?? 'a signal'} instead of 0` });
      }
      await service.process.start();
    },
  },
];

export const secretRotation: Fault = {
  name: 'secret rotated',
  async run({ service }) {
    await service.rotateSecret();
  },
};
