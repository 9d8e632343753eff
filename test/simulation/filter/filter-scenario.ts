import { kafkaScenario, startKafka } from '../kafka/kafka-scenario.ts';
import type { StoreScenario } from '../scenario.ts';
import { holdPasswordFile, password } from './password-file.ts';
import { planFilterFaults, planFilterStory } from './plan-filter-faults.ts';

/** Accepts any timestamp: a fault may set all clocks, so events may have future timestamps. */
const settings = { 'message.timestamp.after.max.ms': String(Number.MAX_SAFE_INTEGER) };

/** Creates the Kafka scenario with faults of the revision filter, and with another producer on its topic. */
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
