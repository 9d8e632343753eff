import { type Channel, connect } from 'amqplib';
import { serveUsual } from '../services/serve-usual.ts';

/**
 * How most services do it: publish a persistent message to a durable queue on one channel, and answer 200. Run as a process
 * of its own; it shows that the faults are real and that the verdict can find a loss.
 */
const { URLS = '', QUEUE = '', PORT = '' } = process.env;

let channel: Channel | undefined;

async function keepConnected(): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const urls = URLS.split(',');
    try {
      const connection = await connect(urls[attempt % urls.length] ?? '', { timeout: 2_000 });
      connection.on('error', () => {});
      const opened = await connection.createChannel();
      opened.on('error', () => {});
      channel = opened;
      await new Promise<void>((resolve) => {
        opened.on('close', resolve);
        connection.on('close', () => resolve());
      });
    } catch {
      // The next address, soon.
    }
    channel = undefined;
    await new Promise((resolve) => {
      setTimeout(resolve, 200);
    });
  }
}

void keepConnected();
serveUsual(PORT, {
  isReady: () => channel !== undefined,
  async store(events) {
    for (const event of events) {
      if (channel === undefined) {
        throw new Error('there is no channel');
      }
      channel.sendToQueue(QUEUE, Buffer.from(JSON.stringify(event)), { persistent: true });
    }
  },
});
