import { kafkaScenario, startKafka } from '../kafka/kafka-scenario.ts';
import type { StoreScenario } from '../scenario.ts';
import { holdPasswordFile, password } from './password-file.ts';
import { planFilterFaults, planFilterStory } from './plan-filter-faults.ts';

/**
 * The topics accept any timestamp, because a fault that sets all clocks can create events with timestamps in the
 * future.
 */
const settings = { 'message.timestamp.after.max.ms': String(Number.MAX_SAFE_INTEGER) };

/** Creates the Kafka scenario with faults of the revision filter and a second producer on the events topic. */
export function createFilterScenario(): StoreScenario {
  const passwordFile = holdPasswordFile();
  return {
    name: 'filter',
    load: kafkaScenario.load,
    planFaults: planFilterFaults,
    planStory: planFilterStory,
    start(world, network, ofRound) {
      passwordFile.text = password;
      return startKafka(world, network, { ...ofRound, trials: { settings, passwordFile } });
    },
  };
}
