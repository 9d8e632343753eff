import { createClient } from '@redis/client';
import { serveUsual } from '../services/serve-usual.ts';

/**
 * How most services do it: one XADD an event with the client's defaults, 200 when it is answered. Run as a process of its
 * own; it shows that the faults are real and that the verdict can find a loss.
 */
const { REDIS_URL = '', STREAM = '', PORT = '' } = process.env;

const client = createClient({ url: REDIS_URL });
client.on('error', () => {});
await client.connect();

serveUsual(PORT, {
  store: (events) =>
    Promise.all(
      events.map((event) =>
        client.xAdd(STREAM, '*', { key: event.payload?.messageId ?? '', value: JSON.stringify(event) }),
      ),
    ),
});
