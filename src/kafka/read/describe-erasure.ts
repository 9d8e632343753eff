const dayMs = 86_400_000;
/** A longer time is none: Kafka's default is 2^63 − 1. */
const neverMs = 10_000 * dayMs;
/** For so long the provider repeats an event. */
const repeatedMs = dayMs;

/**
 * What tombstones do in a topic, in sentences for the operator.
 *
 * @param configs effective settings by Kafka's names; `undefined` when they may not be read
 */
export function describeErasure(topic: string, configs: ReadonlyMap<string, string> | undefined): string {
  const policy = configs?.get('cleanup.policy');
  if (policy === undefined) {
    return `${topic}: Its settings cannot be read: give this client the right DescribeConfigs to see when the topic loses what was erased.`;
  }
  if (!policy.includes('compact')) {
    return `${topic} is not compacted: what was erased stays until its retention removes it. Set cleanup.policy=compact.`;
  }
  const lagMs = readMs(configs, 'max.compaction.lag.ms');
  const keptMs = readMs(configs, 'delete.retention.ms');
  return [
    lagMs === undefined || lagMs > neverMs
      ? `${topic} loses what was erased when Kafka compacts it, without a limit in time: set max.compaction.lag.ms.`
      : `${topic} loses what was erased when Kafka compacts it, which is due within ${toHours(lagMs)} h.`,
    ...(keptMs !== undefined && keptMs < repeatedMs
      ? [
          `Set delete.retention.ms to 24 h or more: it is ${toHours(keptMs)} h, and a filter that restarts later takes a repeated event for a new state.`,
        ]
      : []),
  ].join(' ');
}

function readMs(configs: ReadonlyMap<string, string> | undefined, name: string): number | undefined {
  const text = configs?.get(name);
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function toHours(milliseconds: number): string {
  return String(Math.ceil(milliseconds / 360_000) / 10);
}
