import { connect } from 'amqplib';

const { DatabaseSync } = await import('node:sqlite').catch((cause) => {
  throw new Error('This program needs Node 22.13 or later: it uses node:sqlite', { cause });
});

const { env } = process;
const queue = env.RABBITMQ_QUEUE ?? 'comapi.events';

const database = new DatabaseSync(env.DATABASE ?? 'states.sqlite');
database.exec(`
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS states (entity TEXT PRIMARY KEY, revision TEXT NOT NULL, event TEXT NOT NULL);
`);
// A revision is an unsigned 64-bit number, which exceeds SQLite's integers. Padded to the same length, it compares as text.
const storeLater = database.prepare(`
  INSERT INTO states VALUES (?, ?, ?)
  ON CONFLICT (entity) DO UPDATE SET revision = excluded.revision, event = excluded.event
  WHERE excluded.revision > states.revision
`);

// A reader such as head closes the pipe when it has read enough.
process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const connection = await connect(env.RABBITMQ_URL ?? 'amqp://localhost');
const channel = await connection.createChannel();
await channel.prefetch(100);
await channel.consume(queue, (message) => {
  if (message === null) {
    throw new Error(`the queue ${queue} was deleted`);
  }
  const { ce_type: type, ce_subject: entity, revision } = message.properties.headers;
  if (!type?.startsWith('webhook.') && entity !== undefined && revision !== undefined) {
    const event = message.content.toString();
    // Repeats and obsolete states change nothing.
    if (storeLater.run(entity, revision.padStart(20, '0'), event).changes > 0) {
      process.stdout.write(`${entity} ${revision} ${event}\n`);
    }
  }
  // Acknowledges only after the state is on disk. If the process ends before, the message is redelivered.
  channel.ack(message);
});
