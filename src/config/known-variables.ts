import { filterEntries, filterRunEntries } from './filter-config.ts';
import { herokuKafkaVariables } from './heroku-kafka-config.ts';
import { httpEntries } from './http-config.ts';
import { kafkaEntries } from './kafka-config.ts';
import { keyRulesEntries } from './key-rules-config.ts';
import { managementEntries } from './management-config.ts';
import { providerApiEntries } from './provider-api-config.ts';
import { rabbitMqEntries, rabbitMqNameEntries } from './rabbitmq-config.ts';
import { receiverEntries } from './receiver-config.ts';
import { recordHeadersEntries } from './record-headers-config.ts';
import { redisEntries } from './redis-config.ts';
import { spoolEntries } from './spool-config.ts';
import { journalEntries } from './store-config.ts';
import { kafkaTopicEntries, redisStreamEntries } from './topic-names.ts';
import { listVariable } from './variables.ts';
import { webhookEntries } from './webhooks-config.ts';

/** Names that something else reads; one may end with "*". */
export const ignoredEntries = { IGNORED_VARIABLES: listVariable() };

const storeVariables = {
  journal: Object.keys({ ...journalEntries, ...kafkaTopicEntries }),
  kafka: [...Object.keys({ ...kafkaEntries, ...kafkaTopicEntries }), ...herokuKafkaVariables],
  rabbitmq: Object.keys({ ...rabbitMqEntries, ...rabbitMqNameEntries }),
  redis: Object.keys({ ...redisEntries, ...redisStreamEntries }),
};

/** Every variable that some command reads. */
export const knownVariables: ReadonlySet<string> = new Set([
  'NODE_ENV',
  ...Object.values(storeVariables).flat(),
  ...[
    filterEntries,
    filterRunEntries,
    httpEntries,
    ignoredEntries,
    keyRulesEntries,
    managementEntries,
    providerApiEntries,
    receiverEntries,
    recordHeadersEntries,
    spoolEntries,
    webhookEntries,
  ].flatMap((entries) => Object.keys(entries)),
]);

/** Whether a store reads a variable, of those that are of stores. */
export function isReadBy(store: keyof typeof storeVariables, variable: string): boolean {
  return storeVariables[store].includes(variable);
}
