import { rateBy } from './panel-spec.ts';
import { toStoreRow } from './store-row.ts';

const prefix = 'comapi_webhook_kafka_';

export const kafkaRow = toStoreRow({
  title: 'Kafka',
  prefix,
  label: 'broker',
  duration: 'Until a broker answered, by broker. One slow broker holds up only the partitions that it leads.',
  circuit: 'its partitions are refused at once.',
  weakness: 'for example one replica only',
  own: [
    {
      title: 'Held back by quotas',
      description:
        'Seconds in a second for which a broker wants to be sent nothing, over all connections: a producer quota is used up.',
      unit: 'none',
      kind: 'timeseries',
      queries: [rateBy('broker', `${prefix}throttled_seconds_total`)],
    },
  ],
});
