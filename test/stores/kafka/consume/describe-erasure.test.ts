import { expect, test } from 'vitest';
import { describeErasure } from '../../../../src/stores/kafka/consume/erase-kafka-states.ts';

const compacted = { 'cleanup.policy': 'compact', 'delete.retention.ms': '86400000' };
const day = { 'retention.ms': '86400000', 'segment.ms': '86400000' };

test.each([
  [undefined, 'The settings of the topic l cannot be read: grant this client DescribeConfigs'],
  [{ 'cleanup.policy': 'delete' }, 'l is not compacted'],
  [compacted, 'but no setting limits the time until then. Set max.compaction.lag.ms.'],
  [
    { ...compacted, 'max.compaction.lag.ms': '9223372036854775807' },
    'but no setting limits the time until then',
  ],
  [{ ...compacted, 'max.compaction.lag.ms': '5400000' }, 'which is due within 1.5 h.'],
  [
    { ...compacted, 'delete.retention.ms': '3600000' },
    'Kafka also removes the tombstones 1 h later, but events of these keys may arrive or remain for 24 h. If a filter reads such an event without the tombstone, the filter restores the state. Set delete.retention.ms to 86400000 or more.',
  ],
])('with the settings %j it says: %s', (settings, sentence) => {
  const configs = settings && new Map(Object.entries(settings));
  const text = describeErasure('l', configs, undefined);
  expect(text).toContain(sentence);
  expect(text.includes('delete.retention.ms')).toBe(sentence.includes('delete.retention.ms'));
});

test.each([
  [
    day,
    '172799999',
    /events of these keys may arrive or remain for 48 h\. .* Set delete.retention.ms to 172800000 or more\.$/,
  ],
  [day, '172800000', /Set max.compaction.lag.ms\.$/],
  [
    { ...day, 'retention.ms': '-1' },
    '172800000',
    /events of these keys may arrive or remain forever\. .* to 9223372036854775807 or/,
  ],
] as const)('with events that stay for %j and tombstones for %s it says: %s', (events, keptMs, sentence) => {
  const configs = new Map(Object.entries({ ...compacted, 'delete.retention.ms': keptMs }));
  expect(describeErasure('l', configs, new Map(Object.entries(events)))).toMatch(sentence);
});
