import { expect, test } from 'vitest';
import { describeErasure } from '../../../src/kafka/read/describe-erasure.ts';

const compacted = { 'cleanup.policy': 'compact,delete', 'delete.retention.ms': '86400000' };

test.each([
  [undefined, 'l: Its settings cannot be read: give this client the right DescribeConfigs'],
  [{ 'cleanup.policy': 'delete' }, 'l is not compacted'],
  [compacted, 'without a limit in time: set max.compaction.lag.ms.'],
  [{ ...compacted, 'max.compaction.lag.ms': '9223372036854775807' }, 'without a limit in time'],
  [{ ...compacted, 'max.compaction.lag.ms': '5400000' }, 'which is due within 1.5 h.'],
  [{ ...compacted, 'delete.retention.ms': '3600000' }, 'Set delete.retention.ms to 24 h or more: it is 1 h'],
])('with the settings %j it says: %s', (settings, sentence) => {
  const configs = settings && new Map(Object.entries(settings));
  const text = describeErasure('l', configs);
  expect(text).toContain(sentence);
  expect(text.includes('delete.retention.ms')).toBe(sentence.includes('delete.retention.ms'));
});
