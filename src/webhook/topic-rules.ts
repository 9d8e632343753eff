import { familyOf } from './event-key.ts';

/** Which topic an event goes to, by its name. An event that no rule names goes to the topic of its registration. */
export interface TopicRules {
  /** By the whole name of an event. */
  readonly names: ReadonlyMap<string, string>;
  /** By its family, for names that are not listed. */
  readonly families: ReadonlyMap<string, string>;
  /** Each topic of the rules once, and the topic of its latest states. */
  readonly topics: ReadonlyMap<string, string>;
}

/** @param name of the event, as it was sent */
export function findTopic(name: unknown, { names, families }: TopicRules): string | undefined {
  return typeof name === 'string' ? (names.get(name) ?? families.get(familyOf(name))) : undefined;
}

/** The topic of the latest states of a topic, when no other is given. */
export function toLatestTopic(topic: string): string {
  return `${topic}.latest`;
}

/** The name of an event or `family.*`, a topic, and perhaps the topic of its latest states. */
const rulePattern = /^\s*([^\s=,*]+?)(\.\*)?\s*=\s*([^\s=,]+)(?:\s*,\s*([^\s=,]+))?\s*$/;

/**
 * Parses `name=topic;family.*=topic,latestTopic`. The family is the part of an event's name before its first dot. The
 * first rule that names an event counts. A rule that can never count is a problem; without such rules a name may be looked
 * up before its family, in whatever order they stand.
 *
 * @returns the rules, or a sentence about what is wrong
 */
export function parseTopicRules(text: string): TopicRules | string {
  const names = new Map<string, string>();
  const families = new Map<string, string>();
  const given = new Map<string, string | undefined>();
  for (const [index, rule] of text.split(';').entries()) {
    const [, name, suffix = '', topic, latest] = rulePattern.exec(rule) ?? [];
    if (name === undefined || topic === undefined) {
      return `rule ${index + 1} is not name=topic or family.*=topic, with ";" before the next rule`;
    }
    const problem = findProblem(name, suffix !== '', { names, families });
    if (problem !== undefined) {
      return `rule ${index + 1} (${name}${suffix}) can never count: ${problem}`;
    }
    const known = given.get(topic);
    if (known !== undefined && latest !== undefined && known !== latest) {
      return `the topic ${topic} has two topics of latest states, ${known} and ${latest}`;
    }
    (suffix === '' ? names : families).set(name, topic);
    given.set(topic, latest ?? known);
  }
  const topics = new Map([...given].map(([topic, latest]) => [topic, latest ?? toLatestTopic(topic)]));
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
