import { connect } from 'amqplib';

export const quorum = { 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000 };

/** Declares a durable queue, which is a quorum queue by default. */
export async function declareQueue(
  url: string,
  queue: string,
  args: Readonly<Record<string, unknown>> = quorum,
): Promise<void> {
  await withChannel(url, (channel) => channel.assertQueue(queue, { durable: true, arguments: args }));
}

type Channel = Awaited<ReturnType<Awaited<ReturnType<typeof connect>>['createConfirmChannel']>>;

/** Runs a function with a separate channel that is independent of the code under test. */
export async function withChannel<T>(url: string, work: (channel: Channel) => Promise<T>): Promise<T> {
  const connection = await connect(url);
  try {
    return await work(await connection.createConfirmChannel());
  } finally {
    await connection.close();
  }
}
