import { Registry } from 'prom-client';
import type { FilterConfig } from '../../../src/config/filter-config.ts';
import { startRevisionFilter } from '../../../src/revision-filter.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { defaultFilterSettings } from '../../../src/stores/kafka/kafka-store.ts';
import { openFilter } from '../../support/filter/open-filter.ts';
import { superviseProcess } from '../receiver/supervised-process.ts';
import type { World } from '../world/world.ts';

/** A session that may be over while the world looks on. */
const settings = { ...defaultFilterSettings, sessionTimeoutMs: 10_000 };
/** Processes of it have this name, and a number behind it. */
export const filterProcess = 'filter-';
export const groupId = 'filter';
/** Of one process to one broker: 8 to write, 4 to fetch, one each for group, coordinators and ends, two for views. */
export const mostConnections = 17;

export type FilterPlace = ReturnType<typeof createFilterPlace>;

/** A place of a deployment: a process of the filter that is started again whenever it ends. Nothing runs there yet. */
export function createFilterPlace(world: World, name: string, config: FilterConfig) {
  let registry = new Registry();
  const place = superviseProcess({
    ...{ world, name, toText, logLevel: 'info', restartMs: 1_000 },
    shutdownTimeoutMs: config.shutdownTimeoutMs,
    async run(logger) {
      registry = new Registry();
      const { createFilter } = await openFilter(config, settings);
      return startRevisionFilter(config, { createFilter, logger, clock: systemClock, registry });
    },
  });
  return Object.assign(place, {
    /** Records that wait, as its metrics say. */
    async lag() {
      const metric = registry.getSingleMetric('comapi_webhook_filter_lag_records');
      const values = (await metric?.get())?.values ?? [];
      return values.reduce((sum, { value }) => sum + value, 0);
    },
  });
}

function toText(line: string): string {
  const { msg, err, problems, partition, reason } = JSON.parse(line) as Record<string, unknown>;
  const facts = { partition, reason, problems, err: (err as { message?: string } | undefined)?.message };
  return `${String(msg)} ${JSON.stringify(facts)}`;
}
