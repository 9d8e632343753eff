import type { WireWriter } from '../../../../src/kafka/wire/wire-writer.ts';
import type { ApiHandler, TopicState } from './api-handler.ts';
import { toErrorCode } from './error-code.ts';

/** Says which versions of which requests a broker has: of each the one that this project sends. */
export function createApiVersionsApi(
  handlers: readonly Pick<ApiHandler, 'apiKey' | 'version'>[],
): ApiHandler {
  const own = { apiKey: 18, version: 2 };
  return {
    ...own,
    handle({ answer }) {
      answer((writer) => {
        writer.int16(0);
        writer.array([...handlers, own], ({ apiKey, version }) => {
          writer.int16(apiKey);
          writer.int16(version);
          writer.int16(version);
        });
        writer.int32(0);
      });
    },
  };
}

export const saslHandshakeApi: ApiHandler = {
  apiKey: 17,
  version: 1,
  handle({ request, answer }) {
    const isKnown = request.string() === 'PLAIN';
    answer((writer) => {
      writer.int16(isKnown ? 0 : toErrorCode('UNSUPPORTED_SASL_MECHANISM'));
      writer.array(['PLAIN'], (name) => writer.string(name));
    });
  },
};

export const saslAuthenticateApi: ApiHandler = {
  apiKey: 36,
  version: 1,
  handle({ cluster, request, answer }) {
    const [, , password] = request.bytes().toString().split('\0');
    const isRight = cluster.password === undefined || password === cluster.password;
    answer((writer) => {
      writer.int16(isRight ? 0 : toErrorCode('SASL_AUTHENTICATION_FAILED'));
      writer.string(isRight ? '' : 'Authentication failed');
      writer.int32(0);
      writer.int64(0);
    });
  },
};

/** A flexible version (KIP-482): header and structures end with their tags, of which there are none. */
export const metadataApi: ApiHandler = {
  apiKey: 3,
  version: 10,
  handle({ cluster, request, fault, throttleMs, answer }) {
    request.skipTags();
    const names = request.compactArray(() => {
      request.uuid();
      const name = request.compactString();
      request.skipTags();
      return name;
    });
    answer((writer) => {
      writer.unsigned(0);
      writer.int32(throttleMs);
      const brokers = cluster.listedBrokers();
      writeCompactArray(writer, brokers, (broker) => {
        const { host, port } = cluster.addressOf(broker);
        writer.int32(broker);
        writer.compactString(host);
        writer.int32(port);
        writer.unsigned(0); // no rack
        writer.unsigned(0);
      });
      writer.compactString('simulated');
      writer.int32(brokers[0] ?? -1);
      writeCompactArray(writer, names, (name) =>
        writeTopic(writer, { name, topic: cluster.topicOf(name), brokers, fault }),
      );
      writer.int32(0); // no rights
      writer.unsigned(0);
    });
  },
};

interface DescribedTopic {
  readonly name: string;
  readonly topic: TopicState | undefined;
  readonly brokers: readonly number[];
  readonly fault: string | undefined;
}

function writeTopic(writer: WireWriter, { name, topic, brokers, fault }: DescribedTopic): void {
  const error = topic === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : fault;
  const partitions = error === undefined ? (topic?.partitions ?? []) : [];
  writer.int16(error === undefined ? 0 : toErrorCode(error));
  writer.compactString(name);
  writer.raw(Buffer.from(error === undefined ? (topic?.topicId ?? '') : '0'.repeat(32), 'hex'));
  writer.int8(0);
  writeCompactArray(writer, [...partitions.entries()], ([partition, { log, leader }]) => {
    const hasLeader = brokers.includes(leader);
    writer.int16(hasLeader ? 0 : toErrorCode('LEADER_NOT_AVAILABLE'));
    writer.int32(partition);
    writer.int32(hasLeader ? leader : -1);
    writer.int32(log.leaderEpoch);
    writeCompactArray(writer, brokers, (broker) => writer.int32(broker));
    writeCompactArray(writer, brokers, (broker) => writer.int32(broker));
    writer.unsigned(1); // none is offline
    writer.unsigned(0);
  });
  writer.int32(0); // no rights
  writer.unsigned(0);
}

function writeCompactArray<T>(writer: WireWriter, items: readonly T[], write: (item: T) => void): void {
  writer.unsigned(items.length + 1);
  items.forEach(write);
}

export const describeConfigsApi: ApiHandler = {
  apiKey: 32,
  version: 2,
  handle({ cluster, request, fault, throttleMs, answer }) {
    const names = request.array(() => {
      request.int8();
      const name = request.string();
      request.array(() => request.string());
      return name;
    });
    answer((writer) => {
      writer.int32(throttleMs);
      writer.array(names, (name) => {
        const topic = cluster.topicOf(name);
        const error = topic === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : fault;
        writer.int16(error === undefined ? 0 : toErrorCode(error));
        writer.int16(-1);
        writer.int8(2);
        writer.string(name);
        writer.array(error === undefined ? Object.entries(topic?.settings ?? {}) : [], ([setting, value]) => {
          writer.string(setting);
          writer.string(value);
          writer.int8(0);
          writer.int8(1);
          writer.int8(0);
          writer.array([], () => undefined);
        });
      });
    });
  },
};
