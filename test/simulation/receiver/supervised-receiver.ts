import { loadReceiverConfig } from '../../../src/config/receiver-config.ts';
import { startReceiver } from '../../../src/receiver.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import type { Env } from '../../../src/runtime/config-error.ts';
import type { SimulatedProcess } from '../world/simulated-process.ts';
import type { World } from '../world/world.ts';
import { type SupervisedProcess, superviseProcess } from './supervised-process.ts';

export const ports = { public: 8080, management: 9090 } as const;

interface SupervisedReceiverDeps {
  readonly world: World;
  readonly name: string;
  readonly env: Env;
  readonly startProcess: ((name: string) => SimulatedProcess) | undefined;
}

/** Supervises a receiver process. */
export function superviseReceiver({ env, ...deps }: SupervisedReceiverDeps): SupervisedProcess {
  const config = loadReceiverConfig({
    HTTP_PORT: String(ports.public),
    MANAGEMENT_PORT: String(ports.management),
    LOG_LEVEL: 'warn',
    ...env,
  });
  const receiver = superviseProcess({
    ...deps,
    logLevel: config.logLevel,
    shutdownTimeoutMs: config.shutdown.timeoutMs,
    run: (logger) => startReceiver(config, { logger, clock: systemClock }),
  });
  receiver.start();
  return receiver;
}
