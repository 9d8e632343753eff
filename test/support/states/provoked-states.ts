import { filterStates } from './filter-states.ts';
import { journalStates } from './journal-states.ts';
import { kafkaStates } from './kafka-states.ts';
import { rabbitMqStates } from './rabbitmq-states.ts';
import { receiverStates, storingStates } from './receiver-states.ts';
import { redisStates } from './redis-states.ts';
import { serverStates } from './store-states.ts';

/**
 * The states that tests provoke on each store. States whose cause is not the store are provoked on one store with a
 * server, and on the journal.
 */
export const provokedStates = {
  Kafka: [...storingStates, ...receiverStates, ...serverStates, ...kafkaStates],
  'Kafka, filter': filterStates,
  Redis: [...storingStates, ...serverStates, ...redisStates],
  RabbitMQ: [...storingStates, ...serverStates, ...rabbitMqStates],
  Journal: [...storingStates, ...receiverStates, ...journalStates],
};
