import { expect, onTestFinished, test } from 'vitest';
import { deadlineIn } from '../../support/deadline-in.ts';
import { startRedisServer } from '../../support/redis/redis-server.ts';
import { createRedisConfig, startRedisSink } from '../../support/redis/redis-sink.ts';
import { sampleRecords } from '../../support/sampled-records.ts';

/** Starts a sink in which every response is sampled for the read-back check. */
async function startSampledSink() {
  const server = await startRedisServer();
  onTestFinished(() => server.stop());
  const sampler = sampleRecords();
  const { sink, started } = startRedisSink(createRedisConfig(server.url), {}, sampler);
  await started;
  const append = (count: number) =>
    sink.append(
      Array.from({ length: count }, (_, index) => ({
        topic: 'events',
        key: `key-${index}`,
        value: Buffer.from([0, 255, index]),
        headers: { ce_id: `id-${index}` },
      })),
      deadlineIn(8_000),
    );
  return { server, append, taken: sampler.taken };
}

test('an entry that a consumer group has been given may be removed; one behind it may not', async () => {
  const { server, append, taken } = await startSampledSink();
  await server.ask('XGROUP', 'CREATE', 'events', 'workers', '0', 'MKSTREAM');
  await append(1);
  await server.ask('XREADGROUP', 'GROUP', 'workers', 'a', 'COUNT', '1', 'STREAMS', 'events', '>');
  await append(1);
  const [given, next] = taken;
  await server.ask('XTRIM', 'events', 'MAXLEN', '0');
  expect(await given?.readBack()).toEqual({
    outcome: 'removed',
    detail: 'the consumer group workers has received the entry, and may have removed it',
  });
  expect(await next?.readBack()).toMatchObject({ outcome: 'missing' });
});

test('an entry of that identifier with other bytes is found out', async () => {
  const { server, append, taken } = await startSampledSink();
  await append(1);
  const [record] = taken;
  await server.ask('DEL', 'events');
  await server.ask('XADD', 'events', record?.place.split('/')[1] ?? '', 'key', 'key-0', 'value', 'other');
  expect(await record?.readBack()).toMatchObject({ outcome: 'different' });
});
