import { kafkaScenario, startKafka } from '../kafka/kafka-scenario.ts';
import type { StoreScenario } from '../scenario.ts';
import { holdPasswordFile, password } from './password-file.ts';
import { planFilterFaults, planFilterStory } from './plan-filter-faults.ts';

/** Somebody sets the clock of all machines: events of a day to come have states, too. */
const settings = { 'message.timestamp.after.max.ms': String(Number.MAX_SAFE_INTEGER) };

/** The world of Kafka with the faults of the revision filter, and with somebody else who writes to its topic. */
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
