import { describe, expect, it } from 'vitest';
import { checkAnswer } from '../../../src/kafka/produce/check-answer.ts';

const batches = [
  { topic: 'events', partition: 0 },
  { topic: 'events', partition: 10 },
  { topic: 'dead', partition: 0 },
];
const stored = { errorCode: 0, baseOffset: '0' };

describe('checkAnswer', () => {
  it('finds the outcome of each batch, in whatever order the broker answers', () => {
    expect(
      checkAnswer(batches, [
        { topic: 'dead', partition: 0, errorCode: 19, baseOffset: '-1' },
        { topic: 'events', partition: 10, ...stored },
        { topic: 'events', partition: 0, errorCode: 0, baseOffset: '9007199254740993' },
      ]),
    ).toEqual(['stored', 'stored', { errorCode: 19 }]);
  });

  it('takes what the answer does not name as not stored', () => {
    expect(checkAnswer(batches, [])).toEqual(['missing', 'missing', 'missing']);
    expect(checkAnswer(batches, [{ topic: 'events', partition: 1, ...stored }])).toEqual([
      'missing',
      'missing',
      'missing',
    ]);
  });

  it.each(['-1', '', 'NaN', '1.5'])('takes the offset "%s" as not stored', (baseOffset) => {
    expect(
      checkAnswer([{ topic: 't', partition: 0 }], [{ topic: 't', partition: 0, errorCode: 0, baseOffset }]),
    ).toEqual(['missing']);
  });
});
