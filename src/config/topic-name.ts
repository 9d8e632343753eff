import { quoteValue } from './quote-value.ts';
import { patternVariable } from './variables.ts';

const topicPattern = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/;
export const topicExpected = 'a topic name (1 to 249 of a-z, A-Z, 0-9, ".", "_", "-")';

export const defaultTopic = 'comapi.events';

export const topicVariable = patternVariable(undefined, topicPattern, topicExpected);

export function isTopicName(name: string): boolean {
  return topicPattern.test(name);
}

/** Reports what is no name of a topic. */
export function checkTopicName(name: string | undefined, report: (message: string) => void): boolean {
  const isValid = name === undefined || isTopicName(name);
  if (!isValid) {
    report(`${quoteValue(name)} is not ${topicExpected}.`);
  }
  return isValid;
}
