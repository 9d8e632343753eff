import zlib from 'node:zlib';
import kafkajs from 'kafkajs';

const { DatabaseSync } = await import('node:sqlite').catch((cause) => {
  throw new Error('This program needs Node 22.16 or later: it uses node:sqlite', { cause });
});

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;
const { env } = process;

// kafkajs itself supports only gzip. This adds zstd, for KAFKA_COMPRESSION=zstd.
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: () => Promise.reject(new Error('This program only reads')),
  decompress: async (buffer) => zlib.zstdDecompressSync(buffer),
});

const database = new DatabaseSync(env.DATABASE ?? 'events.sqlite', { timeout: 5_000 });
const note = database.prepare('INSERT INTO done (id) VALUES (?) ON CONFLICT DO NOTHING');
const count = database.prepare(
  'INSERT INTO counts VALUES (?, 1) ON CONFLICT (type) DO UPDATE SET count = count + 1',
);
const keepLatest = database.prepare(`
  INSERT INTO states VALUES (?, ?, ?)
  ON CONFLICT (entity) DO UPDATE SET revision = excluded.revision, event = excluded.event
  WHERE excluded.revision > states.revision
`);
const deleteState = database.prepare('DELETE FROM states WHERE entity = ?');

function handle({ key, value, headers }) {
  if (value === null) {
    // A tombstone of the latest-state topic: the state was erased. It has no ce_id.
    deleteState.run(key.toString());
    return;
  }
  const text = (name) => headers[name]?.toString();
  const type = text('ce_type') ?? 'unknown';
  if (type.startsWith('webhook.') || note.run(text('ce_id')).changes === 0) {
    return;
  }
  // The work is done here, in the same transaction as the insert into `done`.
  count.run(type);
  const revision = text('revision');
  if (revision !== undefined) {
    keepLatest.run(key.toString(), revision.padStart(20, '0'), value.toString());
  }
}

const kafka = new Kafka({
  brokers: (env.KAFKA_BROKERS ?? 'localhost:9092').split(','),
  logLevel: logLevel.ERROR,
});
const consumer = kafka.consumer({ groupId: env.GROUP_ID ?? 'read-events' });
process.once('SIGTERM', () => void consumer.disconnect().then(() => process.exit(0)));
await consumer.connect();
await consumer.subscribe({ topic: env.KAFKA_TOPIC ?? 'comapi.events', fromBeginning: true });
await consumer.run({
  // kafkajs commits the offset afterwards. If this function throws, the batch is read again.
  eachBatch: async ({ batch }) => {
    database.exec('BEGIN');
    try {
      batch.messages.forEach(handle);
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  },
});
