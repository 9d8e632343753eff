import type { ClusterSnapshot } from '../cluster-snapshot.ts';
import type { ApiHandler } from './api-handler.ts';
import type { AnswerWriter } from './broker-wire.ts';
import { toErrorCode } from './error-code.ts';

/** Reports one supported version of each request: the version that this project sends. */
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

const noUuid = '0'.repeat(32);
/** Value which means that the client did not request the authorized operations. */
const noOperations = -(2 ** 31);

/**
 * Handles Metadata in a flexible version (KIP-482). The header and each structure end with an empty list of tagged
 * fields.
 */
export const metadataApi: ApiHandler = {
  apiKey: 3,
  version: 10,
  handle(call) {
    const { cluster, broker, request, fault, throttleMs, answer } = call;
    request.skipTags();
    const asked = request.compactArray(() => {
      request.uuid();
      const name = request.compactString();
      request.skipTags();
      return name;
    });
    const known = cluster.broker(broker).view;
    const view = cluster.hooks.editView?.(call, known) ?? known;
    const names = asked ?? [...view.topics.keys()];
    answer((writer) => {
      writer.unsigned(0);
      writer.int32(throttleMs);
      writeCompactArray(writer, view.brokers, ({ id, host, port }) => {
        writer.int32(id);
        writer.compactString(host);
        writer.int32(port);
        writer.unsigned(0); // rack: null
        writer.unsigned(0);
      });
      writer.compactString('simulated');
      writer.int32(view.brokers[0]?.id ?? -1);
      writeCompactArray(writer, names, (name) => writeTopic(writer, { name, view, fault }));
      writer.int32(noOperations);
      writer.unsigned(0);
    });
  },
};

interface DescribedTopic {
  readonly name: string;
  readonly view: ClusterSnapshot;
  readonly fault: string | undefined;
}

function writeTopic(writer: AnswerWriter, { name, view, fault }: DescribedTopic): void {
  const topic = view.topics.get(name);
  const error = topic === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : fault;
  const { id, partitions } =
    error === undefined && topic !== undefined ? topic : { id: noUuid, partitions: [] };
  const ids = (list: readonly number[]) => writeCompactArray(writer, list, (each) => writer.int32(each));
  writer.int16(toErrorCode(error));
  writer.compactString(name);
  writer.raw(Buffer.from(id, 'hex'));
  writer.int8(0);
  writeCompactArray(writer, [...partitions.entries()], ([partition, described]) => {
    const { leader, leaderEpoch, replicas, inSync } = described;
    writer.int16(leader === -1 ? toErrorCode('LEADER_NOT_AVAILABLE') : 0);
    writer.int32(partition);
    writer.int32(leader);
    writer.int32(leaderEpoch);
    ids(replicas);
    ids(inSync);
    ids(replicas.filter((replica) => !view.brokers.some((broker) => broker.id === replica)));
    writer.unsigned(0);
  });
  writer.int32(noOperations);
  writer.unsigned(0);
}

function writeCompactArray<T>(writer: AnswerWriter, items: readonly T[], write: (item: T) => void): void {
  writer.unsigned(items.length + 1);
  items.forEach(write);
}

const topicResource = 2;
/** Protocol codes for the source of a setting's value. */
const sources = { topic: 1, default: 5 };

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
        const config = cluster.topics.get(name)?.config;
        const error = config === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : fault;
        writer.int16(toErrorCode(error));
        writer.string('');
        writer.int8(topicResource);
        writer.string(name);
        writer.array(error === undefined ? (config?.all() ?? []) : [], (setting) => {
          writer.string(setting.name);
          writer.string(setting.value);
          writer.int8(0);
          writer.int8(setting.isOwn ? sources.topic : sources.default);
          writer.int8(0);
          writer.array([], () => undefined);
        });
      });
    });
  },
};
