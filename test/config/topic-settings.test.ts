import { expect, test } from 'vitest';
import { kafkaSettings } from '../../src/config/kafka-config.ts';
import type { ConfigProblem } from '../../src/runtime/config-error.ts';

function read(text: string) {
  const problems: ConfigProblem[] = [];
  const env = { KAFKA_BROKERS: 'kafka:9092', KAFKA_TOPIC_SETTINGS: text };
  return { topicSettings: kafkaSettings.read(env, problems)?.topicSettings, problems };
}

test('settings stand beside each other, each for all topics or for those of one role', () => {
  expect(read('partitions=24; events:retention.ms=-1;a.list=1,2')).toEqual({
    topicSettings: [
      { role: undefined, name: 'partitions', value: '24' },
      { role: 'events', name: 'retention.ms', value: '-1' },
      { role: undefined, name: 'a.list', value: '1,2' },
    ],
    problems: [],
  });
  expect(read('')).toEqual({ problems: [] });
});

test.each(['partitions', 'other:partitions=1', 'partitions=1;;'])('%j is refused by its name', (text) => {
  expect(read(text).problems).toEqual([
    { variable: 'KAFKA_TOPIC_SETTINGS', message: expect.stringContaining('is not name=value') },
  ]);
});
