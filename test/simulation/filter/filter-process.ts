import { Registry } from 'prom-client';
import type { FilterConfig } from '../../../src/config/filter-config.ts';
import { startRevisionFilter } from '../../../src/revision-filter.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { runProcess } from '../../../src/runtime/run-process.ts';
import { openFilter } from '../../support/filter/open-filter.ts';
import type { SimulatedProcess } from '../world/simulated-process.ts';
import type { World } from '../world/world.ts';

/** A place of a deployment: a process of the filter that is started again whenever it ends. */
export interface FilterPlace {
  readonly name: string;
  isRunning(): boolean;
  start(): void;
  /** SIGKILL. Another process is started after that time. */
  kill(downMs: number): void;
  /** SIGTERM. Another process is started that time after its end; none without a time. */
  terminate(downMs?: number): void;
  /** Records that wait, as its metrics say. */
  lag(): Promise<number>;
  /** Sentences about processes that did not end within their grace, or not in order. */
  readonly faults: readonly string[];
}

interface Running {
  readonly process: SimulatedProcess;
  readonly registry: Registry;
  readonly signal: (name: string) => void;
  /** What has been asked for by a signal. */
  stopping: { readonly downMs: number | undefined; readonly cancelGrace: () => void } | undefined;
}

const restartMs = 1_000;
/** The exit itself takes some time, too. */
const graceMs = 500;

export function createFilterPlace(world: World, name: string, config: FilterConfig): FilterPlace {
  const faults: string[] = [];
  let running: Running | undefined;
  let isWanted = false;

  function start(): void {
    isWanted = true;
    if (running !== undefined) {
      return;
    }
    const process = world.processes.start(name);
    const registry = new Registry();
    const listeners = new Map<string, (signal: string) => void>();
    const own: Running = {
      process,
      registry,
      signal: (signal) => process.run(() => listeners.get(signal)?.(signal)),
      stopping: undefined,
    };
    running = own;
    world.note(name, 'starts', 'all');
    process.run(() => {
      const logger = createLogger('info', { write: (line) => world.note(name, toText(line)) });
      void runProcess({
        async start() {
          const { createFilter } = await openFilter(config);
          return startRevisionFilter(config, { createFilter, logger, clock: systemClock, registry });
        },
        logger,
        shutdownTimeoutMs: config.shutdownTimeoutMs,
        signals: { on: (signal, listener) => listeners.set(signal, listener) },
        exit: (code) => exit(own, code),
      }).catch((error: unknown) => {
        world.note(name, `could not start: ${String(error)}`);
        exit(own, 1);
      });
    });
  }

  function exit(own: Running, code: number): void {
    if (running !== own) {
      return;
    }
    running = undefined;
    own.process.end();
    world.note(name, `exit ${code}`, 'all');
    own.stopping?.cancelGrace();
    if (own.stopping !== undefined && code !== 0) {
      faults.push(`${name} exits with ${code} after SIGTERM`);
    }
    const downMs = own.stopping === undefined ? restartMs : own.stopping.downMs;
    if (downMs === undefined) {
      isWanted = false;
    } else {
      world.after(downMs, () => (isWanted ? start() : undefined));
    }
  }

  return {
    name,
    faults,
    start,
    isRunning: () => running !== undefined,
    kill(downMs) {
      world.note(name, 'killed', 'all');
      running?.stopping?.cancelGrace();
      running?.process.end();
      running = undefined;
      world.after(downMs, () => (isWanted ? start() : undefined));
    },
    terminate(downMs) {
      const own = running;
      if (own === undefined || own.stopping !== undefined) {
        isWanted &&= downMs !== undefined;
        return;
      }
      world.note(name, 'SIGTERM', 'all');
      const cancelGrace = world.after(config.shutdownTimeoutMs + graceMs, () => {
        faults.push(`${name} has not ended ${config.shutdownTimeoutMs} ms after SIGTERM`);
        exit(own, 137);
      });
      own.stopping = { downMs, cancelGrace };
      own.signal('SIGTERM');
    },
    async lag() {
      const metric = running?.registry.getSingleMetric('comapi_webhook_filter_lag_records');
      const values = (await metric?.get())?.values ?? [];
      return values.reduce((sum, { value }) => sum + value, 0);
    },
  };
}

function toText(line: string): string {
  const { msg, err, problems, partition, reason } = JSON.parse(line) as Record<string, unknown>;
  const facts = { partition, reason, problems, err: (err as { message?: string } | undefined)?.message };
  return `${String(msg)} ${JSON.stringify(facts)}`;
}
