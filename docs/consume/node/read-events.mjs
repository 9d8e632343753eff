import { zstdDecompressSync } from 'node:zlib';
import kafkajs from 'kafkajs';

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;
const { env } = process;

// kafkajs itself reads gzip only. This is for KAFKA_COMPRESSION=zstd.
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: () => Promise.reject(new Error('This program only reads')),
  decompress: (buffer) => Promise.resolve(zstdDecompressSync(buffer)),
});

const kafka = new Kafka({
  brokers: (env.KAFKA_BROKERS ?? 'localhost:9092').split(','),
  logLevel: logLevel.ERROR,
});
const consumer = kafka.consumer({ groupId: env.GROUP_ID ?? 'read-events' });

/** Repeats come within a day, the provider says. A database with a unique index on ce_id does the same for ever. */
const seenIds = new Set();
const maxIds = 100_000;
/** By entity, as BigInt: a revision may be over 2^53. */
const revisions = new Map();
const maxEntities = 100_000;

function isRepeat(id) {
  if (seenIds.has(id)) {
    return true;
  }
  seenIds.add(id);
  if (seenIds.size > maxIds) {
    seenIds.delete(seenIds.values().next().value);
  }
  return false;
}

function isObsolete(entity, revision) {
  if (revision === undefined) {
    return false;
  }
  const known = revisions.get(entity);
  if (known !== undefined && revision <= known) {
    return true;
  }
  revisions.delete(entity);
  revisions.set(entity, revision);
  if (revisions.size > maxEntities) {
    revisions.delete(revisions.keys().next().value);
  }
  return false;
}

await consumer.connect();
await consumer.subscribe({ topic: env.KAFKA_TOPIC ?? 'comapi.events', fromBeginning: true });
await consumer.run({
  eachMessage: async ({ message: { key, value, headers } }) => {
    const text = (name) => headers[name]?.toString();
    if (text('ce_type') === 'webhook.canary') {
      return;
    }
    const entity = key.toString();
    const revision = text('revision') === undefined ? undefined : BigInt(text('revision'));
    if (isRepeat(text('ce_id')) || isObsolete(entity, revision)) {
      return;
    }
    // Here the work is done. It may be done again after a crash: the offset is committed later.
    const line = { entity, type: text('ce_type'), revision: text('revision'), event: JSON.parse(value) };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  },
});

process.once('SIGTERM', () => void consumer.disconnect().then(() => process.exit(0)));
