import zlib from 'node:zlib';
import kafkajs from 'kafkajs';

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;
const { env } = process;

// kafkajs itself reads gzip only. This is for KAFKA_COMPRESSION=zstd.
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: () => Promise.reject(new Error('This program only reads')),
  async decompress(buffer) {
    if (zlib.zstdDecompressSync === undefined) {
      throw new Error('KAFKA_COMPRESSION=zstd needs Node 22.15 or later to be read');
    }
    return zlib.zstdDecompressSync(buffer);
  },
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

function isObsolete(entity, revision) {
  return revision !== undefined && revision <= (revisions.get(entity) ?? -1n);
}

/** Only after the work: work that failed is done again when the event comes again. */
function remember(id, entity, revision) {
  seenIds.add(id);
  if (seenIds.size > maxIds) {
    seenIds.delete(seenIds.values().next().value);
  }
  if (revision !== undefined) {
    revisions.delete(entity);
    revisions.set(entity, revision);
    if (revisions.size > maxEntities) {
      revisions.delete(revisions.keys().next().value);
    }
  }
}

// A reader such as head that has seen enough closes the pipe.
process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1));

await consumer.connect();
await consumer.subscribe({ topic: env.KAFKA_TOPIC ?? 'comapi.events', fromBeginning: true });
await consumer.run({
  eachMessage: async ({ message: { key, value, headers } }) => {
    const text = (name) => headers[name]?.toString();
    if (text('ce_type')?.startsWith('webhook.')) {
      return;
    }
    const entity = key.toString();
    const revision = text('revision') === undefined ? undefined : BigInt(text('revision'));
    if (seenIds.has(text('ce_id')) || isObsolete(entity, revision)) {
      return;
    }
    // Here the work is done. It may be done again: when it throws, and after a crash, because the offset is committed later.
    const line = { entity, type: text('ce_type'), revision: text('revision'), event: JSON.parse(value) };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    remember(text('ce_id'), entity, revision);
  },
});

process.once('SIGTERM', () => void consumer.disconnect().then(() => process.exit(0)));
