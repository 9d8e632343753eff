import { expect, test } from 'vitest';
import { getOrCacheAnswer } from '../../../../src/stores/kafka/cluster/retry-on-error-answer.ts';

test('an answer is requested once, also by several at the same time', async () => {
  const answers = new Map<string, Promise<number>>();
  let count = 0;
  const ask = async () => {
    count += 1;
    return count;
  };
  expect(
    await Promise.all([getOrCacheAnswer(answers, 'a', ask), getOrCacheAnswer(answers, 'a', ask)]),
  ).toEqual([1, 1]);
  expect(await getOrCacheAnswer(answers, 'b', ask)).toBe(2);
});

test('a failed answer is not kept, and does not take a later one away', async () => {
  const answers = new Map<string, Promise<string>>();
  const late = Promise.withResolvers<string>();
  const early = getOrCacheAnswer(answers, 'a', () => late.promise);
  answers.clear();
  const later = getOrCacheAnswer(answers, 'a', async () => 'new');
  late.reject(new Error('gone'));
  await expect(early).rejects.toThrow('gone');
  expect(answers.size).toBe(1);
  expect(await later).toBe('new');

  const failed = getOrCacheAnswer(answers, 'b', () => Promise.reject(new Error('no')));
  await expect(failed).rejects.toThrow('no');
  expect(await getOrCacheAnswer(answers, 'b', async () => 'again')).toBe('again');
});
