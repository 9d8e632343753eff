import { UsageError } from '../runtime/usage-error.ts';
import { type ChosenTopicSetting, topicRoles } from '../sink/chosen-topic-setting.ts';

const settledElsewhere: ReadonlyMap<string, string> = new Map([
  ['min.insync.replicas', 'use --min-insync-replicas'],
  ['cleanup.policy', 'events and dead letters must not be compacted, latest states must be'],
]);

/**
 * Reads `retention.ms=86400000` for all topics, or `dead-letter:retention.ms=-1` for those of one role.
 *
 * @throws {UsageError}
 */
export function parseTopicSetting(text: string): ChosenTopicSetting {
  const [, prefix, name = '', value] = /^(?:([^:=]*):)?([a-z][a-z.-]*)=(.+)$/.exec(text) ?? [];
  const role = topicRoles.find((each) => each === prefix);
  if (value === undefined || (prefix !== undefined && role === undefined)) {
    throw new UsageError(
      `--setting ${text}: give name=value, or with ${topicRoles.join(', ')} before it, for example dead-letter:retention.ms=-1`,
    );
  }
  const settled = settledElsewhere.get(name);
  if (settled !== undefined) {
    throw new UsageError(`--setting ${text}: ${name} is not set so: ${settled}`);
  }
  return { role, name, value };
}
