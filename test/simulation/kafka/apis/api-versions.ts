import type { KafkaApi } from '../kafka-api.ts';

/** @param apis all that the broker has beside this one */
export function createApiVersions(apis: readonly KafkaApi[]): KafkaApi {
  const own = { key: 18, versions: { from: 0, to: 2 } };
  return {
    ...own,
    answer({ apiVersion }, reply) {
      reply((writer) => {
        writer.int16(0);
        writer.array([...apis, own], ({ key, versions }) => {
          writer.int16(key);
          writer.int16(versions.from);
          writer.int16(versions.to);
        });
        if (apiVersion > 0) {
          writer.int32(0);
        }
      });
    },
  };
}
