import { familyOf } from './event-key.ts';

/** Which topic an event goes to, by its name. An event that no rule names goes to the topic of its registration. */
export interface TopicRules {
  /** By the whole name of an event. */
  readonly names: ReadonlyMap<string, string>;
  /** By its family, for names that are not listed. */
  readonly families: ReadonlyMap<string, string>;
  /** Each topic of the rules once. */
  readonly topics: ReadonlySet<string>;
}

/** @param name of the event, as it was sent */
export function findTopic(name: unknown, { names, families }: TopicRules): string | undefined {
  return typeof name === 'string' ? (names.get(name) ?? families.get(familyOf(name))) : undefined;
}

/** The name of an event or `family.*`, and a topic. */
const rulePattern = /^\s*([^\s=,*]+?)(\.\*)?\s*=\s*([^\s=,]+)\s*$/;

/**
 * Parses `name=topic;family.*=topic`. The family is the part of an event's name before its first dot. The
 * first rule that names an event counts. A rule that can never count is a problem; without such rules a name may be looked
 * up before its family, in whatever order they stand.
 *
 * @returns the rules, or a sentence about what is wrong
 */
export function parseTopicRules(text: string): TopicRules | string {
  const names = new Map<string, string>();
  const families = new Map<string, string>();
  const topics = new Set<string>();
  for (const [index, rule] of text.split(';').entries()) {
    const [, name, suffix = '', topic] = rulePattern.exec(rule) ?? [];
    if (name === undefined || topic === undefined) {
      const gone = rule.includes(',') ? '; latest states are in the topic with ".latest"' : '';
      return `rule ${index + 1} is not name=topic or family.*=topic, with ";" before the next rule${gone}`;
    }
    const problem = findProblem(name, suffix !== '', { names, families });
    if (problem !== undefined) {
      return `rule ${index + 1} (${name}${suffix}) can never count: ${problem}`;
    }
    (suffix === '' ? names : families).set(name, topic);
    topics.add(topic);
  }
  return { names, families, topics };
}

/** Why a rule names no event, or none that an earlier rule leaves over. */
function findProblem(
  name: string,
  isFamily: boolean,
  { names, families }: Pick<TopicRules, 'names' | 'families'>,
): string | undefined {
  if (isFamily && name.includes('.')) {
    return `a family ends before the first dot, as in ${familyOf(name)}.*`;
  }
  if (families.has(familyOf(name))) {
    return `${familyOf(name)}.* stands before it`;
  }
  return !isFamily && names.has(name) ? 'the same name stands before it' : undefined;
}
