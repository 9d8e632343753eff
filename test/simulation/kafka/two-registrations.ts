import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { KeptRecord } from '../commands/judge-commands.ts';
import type { Registration, SimulationViolation } from '../scenario.ts';

export const webhooksFile = fileURLToPath(new URL('two-registrations.json', import.meta.url));

type OtherRegistration = Registration & { readonly topic: string; readonly deadLetterTopic: string };

const [first, second] = JSON.parse(readFileSync(webhooksFile, 'utf8')) as [Registration, OtherRegistration];
/** Registration that uses the topics from the environment variables. */
export const usual: Registration = { ...first, keyPrefix: '' };
/** Registration with its own separate topics. */
export const others: OtherRegistration = { ...second, keyPrefix: 'other-' };

export function isOfOther(key: string): boolean {
  return key.startsWith(others.keyPrefix);
}

/** Each record must be on a topic of its own registration and contain the name of that registration. */
export function judgeTopics(kept: readonly KeptRecord[]): SimulationViolation[] {
  const ofOther = [others.topic, others.deadLetterTopic];
  return kept
    .filter(({ topic, key, headers }) => {
      const isOther = ofOther.includes(topic);
      return (
        headers.webhook !== (isOther ? others : usual).name ||
        (key !== null && isOfOther(key.toString()) !== isOther)
      );
    })
    .map(({ topic, key, headers }) => ({
      kind: 'without a cause',
      text: `on ${topic} is what ${headers.webhook} got for ${key?.toString()}: ${headers.ce_id}`,
    }));
}
