import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { StoredRecord } from '../../support/kafka/read-topic.ts';
import { declareQueue, quorum, withChannel } from '../../support/rabbitmq/declare-queue.ts';
import { startRabbitMqCluster, toUrl } from '../../support/rabbitmq/rabbitmq-cluster.ts';
import { drainQueue, toStoredRecords } from '../../support/rabbitmq/read-queue.ts';
import { describeStore } from './describe-store.ts';
import { createCutting, type Place, type ServedStore } from './served-store.ts';

const parts = 3;
/**
 * Number of bytes that a new connection transfers before its first message: for logging in, opening the channel and
 * checking the queues.
 */
const openingBytes = 2_000;
/**
 * Number of sets of queues that are declared in advance at the same time. If all servers are killed shortly after a
 * queue was declared, the queue and its messages may be lost.
 */
const placesAtOnce = 20;
const ripeMs = 3_000;

const queuesOf = (events: string) => Array.from({ length: parts }, (_, part) => `${events}.${part}`);

async function open(): Promise<ServedStore> {
  const cluster = await startRabbitMqCluster({
    ...{ nodes: 1, tls: true },
    configuration: ['max_message_size = 100000'],
  });
  const [node] = cluster.nodes;
  const cutting = createCutting(openingBytes);
  const relay = await cutting.before(node?.port ?? 0);
  const read = new Map<string, StoredRecord[]>();
  const places: Place[] = [];

  function namePlace(): Place {
    const events = `events-${randomUUID().slice(0, 8)}`;
    const deadLetter = `${events}.dead-letter`;
    const env = {
      ...{ RABBITMQ_URL: toUrl(relay.port), RABBITMQ_QUEUE: events },
      RABBITMQ_QUEUE_COUNT: String(parts),
      ALLOW_PLAINTEXT: 'true',
    };
    return { env, events, deadLetter };
  }

  async function createPlaces(): Promise<void> {
    places.push(...Array.from({ length: placesAtOnce }, namePlace));
    const queues = places.flatMap(({ events, deadLetter }) => [...queuesOf(events), deadLetter]);
    await withChannel(cluster.url, async (channel) => {
      for (const queue of queues) {
        await channel.assertQueue(queue, { durable: true, arguments: quorum });
      }
    });
    await delay(ripeMs);
  }

  async function start(): Promise<void> {
    node?.start();
    await cluster.whenReady();
  }

  return {
    parts,
    password: ':guest@',
    tooLargeBytes: 200_000,
    wrongSettings: [
      {
        what: 'another password',
        env: { RABBITMQ_URL: cluster.url.replace(':guest@', ':another@') },
        says: ['rejected the login of "guest"'],
      },
      {
        what: 'no such virtual host',
        env: { RABBITMQ_URL: `${cluster.url}/nowhere` },
        says: ['did not open the virtual host "nowhere"'],
      },
      { what: 'no such host', env: { RABBITMQ_URL: 'amqp://nowhere.invalid' }, says: ['nowhere.invalid'] },
      {
        what: 'no TLS where it is wanted',
        env: { RABBITMQ_URL: cluster.tlsUrl?.replace('amqps:', 'amqp:') ?? '' },
        says: ['check whether the port requires TLS'],
      },
      {
        what: 'an authority that nobody knows',
        env: { RABBITMQ_URL: cluster.tlsUrl ?? '' },
        says: ['self-signed certificate'],
      },
      {
        what: 'another server name',
        env: {
          ...{ RABBITMQ_URL: cluster.tlsUrl ?? '', STORE_TLS_SERVER_NAME: 'another.example.com' },
          STORE_TLS_CA_FILE: cluster.certificates?.caFile ?? '',
        },
        says: ['another.example.com'],
      },
    ],
    nowhere: { RABBITMQ_URL: 'amqp://127.0.0.1:1' },
    faults: {
      'is killed': { begin: async () => node?.kill9(), end: start },
      hangs: { begin: async () => node?.pause(), end: async () => node?.resume() },
      'has its connections cut': cutting.fault,
    },
    namePlace,
    async createPlace() {
      if (places.length === 0) {
        await createPlaces();
      }
      return places.pop() ?? namePlace();
    },
    /**
     * Reading removes the messages from the queue. Messages from earlier reads are therefore kept and returned first.
     */
    async read({ events }, topic) {
      const queues = topic === events ? queuesOf(events) : [topic];
      const records: StoredRecord[] = [];
      for (const [part, queue] of queues.entries()) {
        const own = read.get(queue) ?? [];
        own.push(...toStoredRecords(await drainQueue(cluster.url, queue), part));
        read.set(queue, own);
        records.push(...own.map((record, offset) => ({ ...record, offset })));
      }
      return records;
    },
    spoilPart: ({ events }) => ({
      begin: () => withChannel(cluster.url, (channel) => channel.deleteQueue(`${events}.0`)),
      end: () => declareQueue(cluster.url, `${events}.0`),
    }),
    async stop() {
      await cutting.close();
      await cluster.stop();
    },
  };
}

describeStore('rabbitmq', open);
