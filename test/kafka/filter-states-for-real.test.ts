import { startKafkaStage } from '../support/states/kafka-stage.ts';
import { provokedStates } from '../support/states/provoked-states.ts';
import { testStates } from '../support/states/test-states.ts';

testStates(provokedStates['Kafka, filter'], startKafkaStage);
