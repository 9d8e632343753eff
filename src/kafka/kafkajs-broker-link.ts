import type { Socket } from 'node:net';
import { type ISocketFactory, Kafka, logLevel } from 'kafkajs';
import Broker from 'kafkajs/src/broker/index.js';
import ConnectionPool from 'kafkajs/src/network/connectionPool.js';
import { requests } from 'kafkajs/src/protocol/requests/index.js';
import type { KafkaConnectionConfig } from '../config/kafka-config.ts';
import type { Logger } from '../runtime/logger.ts';
import type { BrokerAddress } from './broker-address.ts';
import type { BrokerLink, PartitionAnswer, ProduceBatch } from './broker-link.ts';
import type { ClusterView } from './cluster-view.ts';
import { readConnectionOptions } from './connection-options.ts';
import { encodeProduceBody } from './encode-produce-body.ts';
import { createKafkaLogCreator } from './kafka-log-creator.ts';
import { verifyKafkajsVersion } from './kafkajs-version.ts';
import { LinkError, toLinkError } from './link-error.ts';
import { mendRequestQueue } from './mend-request-queue.ts';
import { openSocket } from './open-socket.ts';
import type { ProduceSettings } from './produce-settings.ts';
import { toClusterView, type WireMetadata } from './to-cluster-view.ts';
import { withTimeout } from './with-timeout.ts';

interface LinkDeps {
  readonly address: BrokerAddress;
  readonly connection: KafkaConnectionConfig;
  readonly settings: Pick<ProduceSettings, 'connectTimeoutMs' | 'requestTimeoutMs' | 'replicationTimeoutMs'>;
  readonly logger: Logger;
}

const apiKey = { produce: 0, metadata: 3, describeConfigs: 32 };
const topicResource = 2;

/** A link over kafkajs's own connection, protocol and authentication, without its cluster, metadata and retries. */
export function createKafkajsBrokerLink({ address, connection, settings, logger }: LinkDeps): BrokerLink {
  verifyKafkajsVersion();
  mendRequestQueue();
  let socket: Socket | undefined;
  let broker: Broker | undefined;
  let pool: ConnectionPool | undefined;
  let state: 'new' | 'open' | 'ended' = 'new';
  const endListeners: (() => void)[] = [];

  /** One socket in a link's life: what kafkajs would do to reconnect fails at once. */
  const socketFactory: ISocketFactory = (target) => {
    if (socket !== undefined || state === 'ended') {
      throw new Error('the link has ended');
    }
    socket = openSocket(target);
    socket.once('close', end);
    return socket;
  };

  function end(): void {
    if (state === 'ended') {
      return;
    }
    state = 'ended';
    socket?.destroy();
    pool?.map((each) => each.rejectRequests(new LinkError('connection', 'the connection ended')));
    // Only clears kafkajs's timers: nothing is pending any more.
    broker?.disconnect().catch(() => undefined);
    for (const listener of endListeners) {
      listener();
    }
  }

  async function connect(): Promise<void> {
    try {
      const { clientId, ssl, sasl } = readConnectionOptions(connection);
      const kafkajsLogger = new Kafka({
        brokers: [],
        logLevel: logger.isLevelEnabled('trace') ? logLevel.DEBUG : logLevel.NOTHING,
        logCreator: createKafkaLogCreator(logger),
      }).logger();
      pool = new ConnectionPool({
        ...address,
        clientId,
        ssl,
        sasl,
        socketFactory,
        connectionTimeout: settings.connectTimeoutMs,
        requestTimeout: settings.requestTimeoutMs,
        enforceRequestTimeout: true,
        logger: kafkajsLogger,
      });
      broker = new Broker({
        connectionPool: pool,
        logger: kafkajsLogger,
        allowAutoTopicCreation: false,
        authenticationTimeout: settings.connectTimeoutMs,
      });
      await withTimeout(broker.connect(), settings.connectTimeoutMs, 'connecting');
      if (state === 'ended') {
        throw new LinkError('connection', 'the connection ended');
      }
      state = 'open';
    } catch (error) {
      end();
      throw toLinkError(error);
    }
  }

  async function call(
    key: number,
    definition: unknown,
    parameters: object,
    /** In place of what kafkajs would encode. */
    body?: Buffer,
  ): Promise<unknown> {
    try {
      if (broker === undefined || pool === undefined || state !== 'open') {
        throw new LinkError('connection', 'the link is not open');
      }
      const { request, response } = broker.lookupRequest(key, definition)(parameters);
      if (body !== undefined) {
        verifyProduceVersion(request.apiVersion);
        request.encode = async () => ({ buf: body, buffer: body });
      }
      // kafkajs's own parse step throws for the first error in an answer and hides the rest of it.
      const whole = { decode: response.decode, parse: async (answer: unknown) => answer };
      return await withTimeout(
        pool.send({ request, response: whole }),
        settings.requestTimeoutMs,
        'the answer',
      );
    } catch (error) {
      throw toLinkError(error);
    }
  }

  return {
    address,
    connect,
    isOpen: () => state === 'open',
    onEnd: (listener) => {
      endListeners.push(listener);
    },
    async produce(batches: readonly ProduceBatch[]): Promise<readonly PartitionAnswer[]> {
      const { replicationTimeoutMs } = settings;
      const body = encodeProduceBody(batches, { now: Date.now(), replicationTimeoutMs });
      const answer = (await call(apiKey.produce, requests.Produce, { acks: -1 }, body)) as WireProduceAnswer;
      return answer.topics.flatMap(({ topicName, partitions }) =>
        partitions.map((partition) => ({ topic: topicName, ...partition })),
      );
    },
    async describeCluster(topics): Promise<ClusterView> {
      const answer = await call(apiKey.metadata, requests.Metadata, {
        topics,
        allowAutoTopicCreation: false,
      });
      return toClusterView(answer as WireMetadata);
    },
    async describeTopic(topic): Promise<ReadonlyMap<string, string> | undefined> {
      const answer = (await call(apiKey.describeConfigs, requests.DescribeConfigs, {
        resources: [{ type: topicResource, name: topic }],
      })) as WireConfigs;
      const [resource] = answer.resources;
      return resource?.errorCode === 0
        ? new Map(resource.configEntries.map(({ configName, configValue }) => [configName, configValue]))
        : undefined;
    },
    close: end,
  };
}

function verifyProduceVersion(version: number): void {
  if (version < 3 || version > 7) {
    throw new LinkError(
      'protocol',
      `the broker speaks version ${version} of Produce: it is older than Kafka 0.11`,
    );
  }
}

interface WireProduceAnswer {
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly Omit<PartitionAnswer, 'topic'>[];
  }[];
}

interface WireConfigs {
  readonly resources: readonly {
    readonly errorCode: number;
    readonly configEntries: readonly { readonly configName: string; readonly configValue: string }[];
  }[];
}
