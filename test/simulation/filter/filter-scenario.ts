import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault, RoundOutcome, Scenario } from '../scenario.ts';
import { createRandom } from '../world/random.ts';
import { startWorld } from '../world/world.ts';
import { password } from './filter-deployment.ts';
import { planFilterFaults } from './filter-faults.ts';
import { faultSpan, runFilterRound } from './filter-round.ts';
import { readAtOnce } from './password-file.ts';

/** The revision filter on a Kafka cluster. */
export function createFilterScenario(): Scenario {
  const directory = mkdtempSync(join(tmpdir(), 'simulated-filter-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const passwordFile = join(directory, 'password');

  async function runRound(seed: number, faults: readonly Fault[]): Promise<RoundOutcome> {
    writeFileSync(passwordFile, password);
    const restoreReads = readAtOnce(passwordFile);
    try {
      using world = startWorld(seed);
      return await runFilterRound(world, { faults, passwordFile });
    } finally {
      restoreReads();
    }
  }

  return {
    name: 'filter',
    async load() {
      await Promise.all([
        import('../../../src/stores/kafka/consume/filter/kafka-filter.ts'),
        import('../../../src/stores/kafka/produce/kafka-sink-metrics.ts'),
        import('../../../src/stores/kafka/wire/compressor.ts'),
        import('../../../src/stores/kafka/kafka-store.ts'),
        import('../../../src/stores/open-store.ts'),
      ]);
      // What is loaded in the middle of a round is loaded by a first one, whose outcome says nothing.
      await runRound(1, []);
    },
    planFaults: (seed) => planFilterFaults(createRandom(seed), faultSpan),
    runRound,
  };
}
