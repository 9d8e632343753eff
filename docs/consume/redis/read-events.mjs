import { hostname } from 'node:os';
import { createClient } from '@redis/client';

const { env } = process;
const stream = env.REDIS_STREAM ?? 'comapi.events';
const group = env.GROUP_ID ?? 'read-events';
const consumer = env.CONSUMER ?? hostname();
/** Time after which an unacknowledged entry or a claim of another member is taken over. */
const deadAfterMs = 30_000;
/** According to the provider, repeats arrive within a day. */
const rememberSeconds = 2 * 86_400;
/** Value of the note of a processed event. While a member processes the event, the value is the name of the member. */
const done = '';

// A reader such as head closes the pipe when it has read enough.
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
    // Claims the event before the work, because another member, or one with the same name, may get a repeat at the same time.
    const expiration = { type: 'PX', value: deadAfterMs };
    const holder = await client.set(note, consumer, { condition: 'NX', GET: true, expiration });
    if (holder === null) {
      // The work is done here, within 30 s. If it must not be done twice, store the note in the same database, in the same
      // transaction as the work.
      process.stdout.write(`${message.key} ${message.ce_type} ${message.value}\n`);
      // Marks the event as processed only after the work. If the work fails or the process ends before, the event is read again.
      await client.set(note, done, { expiration: { type: 'EX', value: rememberSeconds } });
    } else if (holder !== done) {
      // Another member processes the event. This entry is not acknowledged, so it is read again in case that member dies.
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
