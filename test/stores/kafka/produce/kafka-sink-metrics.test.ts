import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createKafkaSinkMetrics } from '../../../../src/stores/kafka/produce/kafka-sink-metrics.ts';

function setUp() {
  const registry = new Registry();
  return { metrics: createKafkaSinkMetrics(registry), lines: (name: string) => linesOf(registry, name) };
}

async function linesOf(registry: Registry, name: string): Promise<string[]> {
  const text = await registry.metrics();
  return text.split('\n').flatMap((line) => {
    const [, rest] = /^comapi_webhook_(?:store|kafka)_(.*)$/.exec(line) ?? [];
    return rest?.startsWith(name) === true ? [rest] : [];
  });
}

test('an answered request counts its records and its time by broker', async () => {
  const { metrics, lines } = setUp();
  metrics.produced({ to: 1, records: 3, durationSeconds: 0.25 });
  metrics.produced({ to: 1, records: 2, durationSeconds: 6 });
  metrics.produced({ to: 2, records: 1, durationSeconds: 0.001 });
  expect(await lines('produced')).toEqual([
    'produced_records_total{to="1"} 5',
    'produced_records_total{to="2"} 1',
  ]);
  expect(await lines('produce_duration')).toEqual(
    expect.arrayContaining([
      'produce_duration_seconds_bucket{le="0.25",to="1"} 1',
      'produce_duration_seconds_bucket{le="5",to="1"} 1',
      'produce_duration_seconds_count{to="1"} 2',
      'produce_duration_seconds_bucket{le="0.001",to="2"} 1',
    ]),
  );
});

test('a broker has a series of throttles from its lane on, and no request writes to it', async () => {
  const { metrics, lines } = setUp();
  metrics.produced({ to: 2, records: 1, durationSeconds: 1 });
  expect(await lines('throttled')).toEqual([]);
  metrics.laneOpened(1);
  expect(await lines('throttled')).toEqual(['throttled_seconds_total{broker="1"} 0']);
  metrics.throttled(1, 1.5);
  metrics.throttled(1, 0.25);
  metrics.laneOpened(1);
  expect(await lines('throttled')).toEqual(['throttled_seconds_total{broker="1"} 1.75']);
});

test('what is repeated counts by cause: records, connections, answers', async () => {
  const { metrics, lines } = setUp();
  expect(await lines('answer_checks')).toEqual(['answer_checks_failed_total 0']);
  metrics.retried('stale_leader', 3);
  metrics.retried('timeout', 2);
  metrics.retried('stale_leader', 1);
  metrics.rebuilt('timeout');
  metrics.answerCheckFailed();
  expect(
    [
      ...(await lines('retried')),
      ...(await lines('connections_rebuilt')),
      ...(await lines('answer_checks')),
    ].filter((line) => !line.endsWith(' 0')),
  ).toEqual([
    'retried_records_total{cause="timeout"} 2',
    'retried_records_total{cause="stale_leader"} 4',
    'connections_rebuilt_total{cause="timeout"} 1',
    'answer_checks_failed_total 1',
  ]);
});

test('the circuit of a broker that leads nothing any more ends, and that of the others stays', async () => {
  const { metrics, lines } = setUp();
  metrics.circuitChanged(1, 'closed');
  metrics.circuitChanged(2, 'half_open');
  metrics.circuitChanged(3, 'open');
  expect(await lines('circuit')).toEqual([
    'circuit_state{to="1"} 0',
    'circuit_state{to="2"} 1',
    'circuit_state{to="3"} 2',
  ]);
  metrics.forgotten(3);
  metrics.forgotten(4);
  expect(await lines('circuit')).toEqual(['circuit_state{to="1"} 0', 'circuit_state{to="2"} 1']);
});

test('the weakness of a topic is that of its last check', async () => {
  const { metrics, lines } = setUp();
  metrics.durabilityChecked('events', 'error');
  metrics.durabilityChecked('dead-letter', 'warning');
  metrics.durabilityChecked('events', 'ok');
  expect(await lines('topic_weakness')).toEqual([
    'topic_weakness{topic="events"} 0',
    'topic_weakness{topic="dead-letter"} 1',
  ]);
});

test('the depth of the queue is read at each collection, and 0 before there is one', async () => {
  const { metrics, lines } = setUp();
  expect(await lines('queue')).toEqual(['queue_records 0']);
  let depth = 2;
  metrics.observeQueue(() => depth);
  expect(await lines('queue')).toEqual(['queue_records 2']);
  depth = 1;
  expect(await lines('queue')).toEqual(['queue_records 1']);
});
