import { toStoreRow } from './store-row.ts';

export const rabbitMqRow = toStoreRow({
  title: 'RabbitMQ',
  prefix: 'comapi_webhook_rabbitmq_',
  label: 'queue',
  suffix: ' (RabbitMQ)',
  duration:
    'Until RabbitMQ confirmed a batch, by queue. A quorum queue confirms when a majority has it on disk.',
  circuit: 'what belongs into this queue is refused at once.',
  weakness: 'for example a queue of one copy',
});
