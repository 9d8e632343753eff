import type { ChosenTopicSetting, TopicDifference } from '../../../../ports/topics.ts';
import type { TopicRole } from './expect-topics.ts';
import type { TopicFacts } from './topic-facts.ts';

/** The chosen settings of a topic of this role, by name. One for the role wins over one for all. */
export function settingsFor(
  role: TopicRole,
  chosen: readonly ChosenTopicSetting[],
): Readonly<Record<string, string>> {
  const own = role === 'dead_letter' ? 'dead-letter' : role;
  return Object.fromEntries(
    [undefined, own].flatMap((wanted) =>
      chosen.filter((setting) => setting.role === wanted).map(({ name, value }) => [name, value] as const),
    ),
  );
}

/** What the brokers report otherwise: `partitions`, `replicas`, and settings by Kafka's names. What is not reported is no difference. */
export function findDifferences(
  wanted: Readonly<Record<string, string>>,
  { exists, partitionCount, replicationFactor, settings, reported }: TopicFacts,
): TopicDifference[] {
  const counts: Readonly<Record<string, number>> = {
    partitions: partitionCount,
    replicas: replicationFactor,
  };
  const unreported: ReadonlySet<string> = settings?.unreported ?? new Set();
  return Object.entries(exists ? wanted : {}).flatMap(([setting, value]) => {
    const known = unreported.has(setting) ? undefined : reported?.get(setting);
    const actual = counts[setting]?.toString() ?? known;
    return actual === undefined || actual === value ? [] : [{ setting, wanted: value, actual }];
  });
}
