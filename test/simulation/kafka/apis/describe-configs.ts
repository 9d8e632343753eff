import { errorCodes } from '../../../../src/kafka/errors/kafka-errors.ts';
import type { KafkaApi } from '../kafka-api.ts';

const topicResource = 2;
/** Where a value comes from. */
const sources = { topic: 1, default: 5 };

export const describeConfigs: KafkaApi = {
  key: 32,
  versions: { from: 1, to: 2 },
  answer({ body, cluster }, reply) {
    const names = body.array(() => {
      body.int8();
      const name = body.string();
      body.array(() => body.string());
      return name;
    });
    reply((writer) => {
      writer.int32(0);
      writer.array(names, (name) => {
        const config = cluster.topics.get(name)?.config;
        writer.int16(config === undefined ? errorCodes.UNKNOWN_TOPIC_OR_PARTITION : 0);
        writer.string('');
        writer.int8(topicResource);
        writer.string(name);
        writer.array(config?.all() ?? [], (setting) => {
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
