import { limits } from './panel-spec.ts';
import { toStoreRow } from './store-row.ts';

const prefix = 'comapi_webhook_redis_';
const used = `${prefix}memory_used_bytes{SELECTOR}`;
const bound = `(${prefix}memory_limit_bytes{SELECTOR} > 0)`;

export const redisRow = toStoreRow({
  title: 'Redis',
  prefix,
  label: 'server',
  suffix: ' (Redis)',
  duration: 'Until the server had a batch on disk, and as many replicas as are demanded.',
  circuit: 'everything is refused at once.',
  weakness: 'for example a server that may evict keys',
  own: [
    {
      title: 'Length of the streams',
      description: 'Entries of each stream. They stay until somebody trims what consumers have acknowledged.',
      unit: 'none',
      kind: 'timeseries',
      queries: [{ legend: '{{stream}}', expr: `max by (stream) (${prefix}stream_length{SELECTOR})` }],
    },
    {
      title: 'Memory of the server',
      description: 'Share of maxmemory, where there is one. At 100 % nothing is stored any more.',
      unit: 'percentunit',
      kind: 'timeseries',
      max: 1,
      thresholds: limits([0.8, 'orange'], [1, 'red']),
      queries: [{ legend: 'used', expr: `max(${used} / ${bound})` }],
    },
    {
      title: 'Replicas',
      description: 'Replicas that follow the server. With fewer than redis.replicas nothing is stored.',
      unit: 'none',
      kind: 'timeseries',
      queries: [{ legend: 'replicas', expr: `min(${prefix}replicas{SELECTOR})` }],
    },
  ],
});
