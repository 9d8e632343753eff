import { readEventFamily } from './event-key.ts';

/** Maps event names to topics. An event that matches no rule goes to the topic of its registration. */
export interface TopicRules {
  /** Maps full event names to topics. */
  readonly names: ReadonlyMap<string, string>;
  /** Maps event families to topics, for event names that are not listed. */
  readonly families: ReadonlyMap<string, string>;
  /** The distinct topics of the rules. */
  readonly topics: ReadonlySet<string>;
}

/** Finds the topic of an event. @param name the name as it was sent */
export function findTopic(name: unknown, { names, families }: TopicRules): string | undefined {
  return typeof name === 'string' ? (names.get(name) ?? families.get(readEventFamily(name))) : undefined;
}

/** Matches `name=topic` or `family.*=topic`. */
const rulePattern = /^\s*([^\s=,*]+?)(\.\*)?\s*=\s*([^\s=,]+)\s*$/;

/**
 * Parses `name=topic;family.*=topic`. The event family is the part of an event's name before its first dot. The first
 * matching rule applies. A rule that could never apply is rejected. Therefore, a full name can always be looked up
 * before its event family, regardless of the order of the rules.
 *
 * @returns the rules, or an error message
 */
export function parseTopicRules(text: string): TopicRules | string {
  const names = new Map<string, string>();
  const families = new Map<string, string>();
  const topics = new Set<string>();
  for (const [index, rule] of text.split(';').entries()) {
    const [, name, suffix = '', topic] = rulePattern.exec(rule) ?? [];
    if (name === undefined || topic === undefined) {
      return `rule ${index + 1} has neither the form name=topic nor family.*=topic. Separate rules with ";"`;
    }
    const problem = findRuleProblem(name, suffix !== '', { names, families });
    if (problem !== undefined) {
      return `rule ${index + 1} (${name}${suffix}) can never apply: ${problem}`;
    }
    (suffix === '' ? names : families).set(name, topic);
    topics.add(topic);
  }
  return { names, families, topics };
}

/** Returns the reason why a rule would never apply: it matches no event, or an earlier rule matches the same events. */
function findRuleProblem(
  name: string,
  isFamily: boolean,
  { names, families }: Pick<TopicRules, 'names' | 'families'>,
): string | undefined {
  if (isFamily && name.includes('.')) {
    return `a family is the part before the first dot, as in ${readEventFamily(name)}.*`;
  }
  if (families.has(readEventFamily(name))) {
    return `${readEventFamily(name)}.* precedes it`;
  }
  return !isFamily && names.has(name) ? 'an earlier rule has the same name' : undefined;
}
