import { type ChosenTopicSetting, topicRoles } from '../ports/topics.ts';
import { quoteValue } from './credential.ts';
import type { Variable } from './variables.ts';

/**
 * Reads `retention.ms=86400000` for all topics, or `dead-letter:retention.ms=-1` for those of one role.
 *
 * @returns `undefined` for any other text
 */
export function readTopicSetting(text: string): ChosenTopicSetting | undefined {
  const [, prefix, name = '', value] = /^(?:([^:=]*):)?([a-z][a-z.-]*)=(.+)$/.exec(text) ?? [];
  const role = topicRoles.find((each) => each === prefix);
  return value === undefined || (prefix !== undefined && role === undefined)
    ? undefined
    : { role, name, value };
}

/** What topics are meant to have. They are compared with it and never changed. */
export const topicSettingsVariable: Variable<readonly ChosenTopicSetting[] | undefined> = {
  name: 'KAFKA_TOPIC_SETTINGS',
  fallback: undefined,
  parse(text) {
    const value: ChosenTopicSetting[] = [];
    for (const part of text.split(';')) {
      const setting = readTopicSetting(part.trim());
      if (setting === undefined) {
        const problem = `${quoteValue(part)} is not name=value, or that with events:, dead-letter: or latest: before it`;
        return { problem };
      }
      value.push(setting);
    }
    return { value };
  },
};
