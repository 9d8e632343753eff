import { Registry } from 'prom-client';
import type { FilterConfig } from '../../../src/config/filter-config.ts';
import { startRevisionFilter } from '../../../src/revision-filter.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { defaultFilterSettings } from '../../../src/stores/kafka/kafka-store.ts';
import { openFilter } from '../../support/filter/open-filter.ts';
import { superviseProcess } from '../receiver/supervised-process.ts';
import type { World } from '../world/world.ts';

/** Session timeout that can expire during a round. */
const settings = { ...defaultFilterSettings, sessionTimeoutMs: 10_000 };
/** Prefix of the names of the filter's processes. A number follows the prefix. */
export const filterProcess = 'filter-';
export const groupId = 'filter';
/**
 * Maximum connections of one process to one broker: 8 for writes, 4 for fetches, 3 for the group, the coordinators and
 * the log ends, and 2 for metadata.
 */
export const mostConnections = 17;

export type FilterPlace = ReturnType<typeof createFilterPlace>;

/**
 * Creates a replica of the filter's deployment: a process that is restarted whenever it ends. Does not start the
 * process.
 */
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
    /** Number of records waiting to be filtered, as the process's metrics report it. */
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
