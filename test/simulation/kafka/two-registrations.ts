import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Registration, SimulationViolation } from '../scenario.ts';
import type { Topic } from './kafka-cluster.ts';
import { readTopic } from './read-log.ts';

export const webhooksFile = fileURLToPath(new URL('two-registrations.json', import.meta.url));

type OtherRegistration = Registration & { readonly topic: string; readonly deadLetterTopic: string };

const [first, second] = JSON.parse(readFileSync(webhooksFile, 'utf8')) as [Registration, OtherRegistration];
/** With the topics of the environment. */
export const usual: Registration = { ...first, keyPrefix: '' };
/** With topics of its own. */
export const others: OtherRegistration = { ...second, keyPrefix: 'other-' };

export function isOfOther(key: string): boolean {
  return key.startsWith(others.keyPrefix);
}

/**
 * Each record is on a topic of its own registration, and says of which one it is.
 *
 * @param lists topics of events, and topics of dead letters: of each the usual one first
 */
export function judgeTopics(...lists: readonly (readonly Topic[])[]): SimulationViolation[] {
  const kept = lists.flatMap((topics) => topics.map((topic, index) => ({ topic, isOther: index > 0 })));
  return kept.flatMap(({ topic, isOther }) =>
    readTopic(topic)
      .filter(
        ({ key, headers }) =>
          headers.webhook !== (isOther ? others : usual).name ||
          (key !== null && isOfOther(key.toString()) !== isOther),
      )
      .map(({ key, headers }) => ({
        kind: 'without a cause',
        text: `on ${topic.name} is what ${headers.webhook} got for ${key?.toString()}: ${headers.ce_id}`,
      })),
  );
}
