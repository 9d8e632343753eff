import { provokedStates } from '../../support/states/provoked-states.ts';
import { startRabbitMqStage } from '../../support/states/rabbitmq-states.ts';
import { testStates } from '../../support/states/test-states.ts';

testStates(provokedStates.RabbitMQ, startRabbitMqStage);
