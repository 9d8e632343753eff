import { provokedStates } from '../../support/states/provoked-states.ts';
import { startRedisStage } from '../../support/states/redis-states.ts';
import { testStates } from '../../support/states/test-states.ts';

testStates(provokedStates.Redis, startRedisStage);
