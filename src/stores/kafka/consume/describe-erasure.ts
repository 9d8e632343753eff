import {
  findEventLifeMs,
  findTombstoneLifeMs,
  neverMs,
  toSettingMs,
} from '../cluster/topics/erased-states.ts';
import { toTopicSettings } from '../cluster/topics/topic-settings.ts';

/** For so long the provider repeats an event. */
const repeatedMs = 86_400_000;

/**
 * What tombstones do in a topic, in sentences for the operator.
 *
 * @param configs effective settings by Kafka's names; `undefined` when they may not be read
 * @param events those of the events topic
 */
export function describeErasure(
  topic: string,
  configs: ReadonlyMap<string, string> | undefined,
  events: ReadonlyMap<string, string> | undefined,
): string {
  const policy = configs?.get('cleanup.policy');
  if (configs === undefined || policy === undefined) {
    return `${topic}: Its settings cannot be read: give this client the right DescribeConfigs to see when the topic loses what was erased.`;
  }
  if (!policy.includes('compact')) {
    return `${topic} is not compacted: what was erased stays until its retention removes it. Set cleanup.policy=compact.`;
  }
  const lagMs = readMs(configs, 'max.compaction.lag.ms');
  const keptMs = findTombstoneLifeMs(toTopicSettings(configs));
  const neededMs = Math.max(repeatedMs, events === undefined ? 0 : findEventLifeMs(toTopicSettings(events)));
  return [
    lagMs === undefined || lagMs > neverMs
      ? `${topic} loses what was erased when Kafka compacts it, without a limit in time: set max.compaction.lag.ms.`
      : `${topic} loses what was erased when Kafka compacts it, which is due within ${toHours(lagMs)} h.`,
    ...(keptMs < neededMs
      ? [
          `It forgets the erasure ${toHours(keptMs)} h after that, and events may be there for ${describeHours(neededMs)}: a filter that reads or gets them again makes the state anew. Set delete.retention.ms to ${toSettingMs(neededMs)} or more.`,
        ]
      : []),
  ].join(' ');
}

function readMs(configs: ReadonlyMap<string, string> | undefined, name: string): number | undefined {
  const text = configs?.get(name);
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function describeHours(milliseconds: number): string {
  return Number.isFinite(milliseconds) ? `${toHours(milliseconds)} h` : 'ever';
}

function toHours(milliseconds: number): string {
  return String(Math.ceil(milliseconds / 360_000) / 10);
}
