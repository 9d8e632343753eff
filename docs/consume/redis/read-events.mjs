import { hostname } from 'node:os';
import { createClient } from '@redis/client';

const { env } = process;
const stream = env.REDIS_STREAM ?? 'comapi.events';
const group = env.GROUP_ID ?? 'read-events';
const consumer = env.CONSUMER ?? hostname();
/** What another member has had for so long without an acknowledgement, or as a claim, is taken over. */
const deadAfterMs = 30_000;
/** Repeats come within a day, the provider says. */
const rememberSeconds = 2 * 86_400;
/** In the note of an event; while one is at work, its name stands there. */
const done = '';

// A reader such as head that has seen enough closes the pipe.
process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const client = createClient({ url: env.REDIS_URL ?? 'redis://localhost:6379' });
client.on('error', (error) => process.stderr.write(`${error.message}\n`));
await client.connect();
await client.xGroupCreate(stream, group, '0', { MKSTREAM: true }).catch((error) => {
  if (!error.message.startsWith('BUSYGROUP')) {
    throw error;
  }
});

async function handle({ id, message }) {
  if (!message.ce_type?.startsWith('webhook.')) {
    const note = `${group}:${message.ce_id}`;
    // Before the work: another member, or one of the same name, may get a repeat of the event at the same time.
    const expiration = { type: 'PX', value: deadAfterMs };
    const holder = await client.set(note, consumer, { condition: 'NX', GET: true, expiration });
    if (holder === null) {
      // Here the work is done, within 30 s. Work that must not be done twice belongs into one transaction with the note, in
      // the database that it changes.
      process.stdout.write(`${message.key} ${message.ce_type} ${message.value}\n`);
      // Only after the work: what fails, or a process that ends before, gets the event again.
      await client.set(note, done, { expiration: { type: 'EX', value: rememberSeconds } });
    } else if (holder !== done) {
      // Somebody is at work on it. Without an acknowledgement this entry comes again, for the case that it dies.
      return;
    }
  }
  await client.xAck(stream, group, id);
}

for (;;) {
  const { messages } = await client.xAutoClaim(stream, group, consumer, deadAfterMs, '0-0');
  const read = await client.xReadGroup(
    group,
    consumer,
    { key: stream, id: '>' },
    { COUNT: 100, BLOCK: 1_000 },
  );
  for (const message of [...messages.filter((each) => each !== null), ...(read?.[0]?.messages ?? [])]) {
    await handle(message);
  }
}
