import { errorCodes } from '../../../../src/kafka/errors/kafka-errors.ts';
import type { KafkaApi } from '../kafka-api.ts';

const topicResource = 2;
const topicSource = 1;

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
        const settings = cluster.topics.get(name)?.settings;
        writer.int16(settings === undefined ? errorCodes.UNKNOWN_TOPIC_OR_PARTITION : 0);
        writer.int16(-1);
        writer.int8(topicResource);
        writer.string(name);
        writer.array([...(settings ?? [])], ([setting, value]) => {
          writer.string(setting);
          writer.string(value);
          writer.int8(0);
          writer.int8(topicSource);
          writer.int8(0);
          writer.array([], () => undefined);
        });
      });
    });
  },
};
