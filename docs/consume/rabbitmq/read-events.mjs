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
// A revision is an unsigned 64-bit number, more than SQLite's own: as text of one length it compares in the same way.
const storeLater = database.prepare(`
  INSERT INTO states VALUES (?, ?, ?)
  ON CONFLICT (entity) DO UPDATE SET revision = excluded.revision, event = excluded.event
  WHERE excluded.revision > states.revision
`);

// A reader such as head that has seen enough closes the pipe.
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
    // Repeats and states that are behind change nothing.
    if (storeLater.run(entity, revision.padStart(20, '0'), event).changes > 0) {
      process.stdout.write(`${entity} ${revision} ${event}\n`);
    }
  }
  // Only after it is on disk: a process that ends before gets the message again.
  channel.ack(message);
});
