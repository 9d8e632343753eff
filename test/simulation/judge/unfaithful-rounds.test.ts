import { Server } from 'node:net';
import { expect, test } from 'vitest';
import { runJudges } from '../../faults/verdict/run-judges.ts';
import type { StoredRecord } from '../../support/kafka/read-topic.ts';
import { createFilterScenario } from '../filter/filter-scenario.ts';
import { kafkaScenario } from '../kafka/kafka-scenario.ts';
import { createReceiverScenario } from '../receiver/receiver-scenario.ts';
import type { StoreScenario } from '../scenario.ts';
import type { RoundEvidence } from './evidence.ts';
import { judgeRound, roundJudges } from './judge-round.ts';

const { maySpool: _, ...unspooledScenario } = kafkaScenario;

/**
 * Runs a round without faults in which one component behaves incorrectly. Returns the evidence and the names of the
 * rule checks that report violations.
 */
async function gather(scenario: StoreScenario, seed: number) {
  const gathered: RoundEvidence[] = [];
  const { load, runRound } = createReceiverScenario(scenario, (evidence) => {
    gathered.push(evidence);
    return judgeRound(evidence);
  });
  await load();
  // The first round loads modules that processes load lazily.
  await runRound(0, []);
  gathered.length = 0;
  const { violations } = await runRound(seed, []);
  const [evidence] = gathered as [RoundEvidence];
  expect(runJudges(roundJudges, evidence)).toEqual(violations);
  const speaking = Object.entries(roundJudges).filter(([, judge]) => judge(evidence).length > 0);
  return { evidence, speaking: speaking.map(([name]) => name) };
}

/** Alters every stored record and omits the first one. */
function spoil([lost, ...stored]: readonly StoredRecord[]): StoredRecord[] {
  const spoiled = stored.map((record, index): StoredRecord => {
    const { key, value, headers } = record;
    return {
      ...record,
      ...(index === 0 && { value: Buffer.from(String(value).replace('1.10', '1.1 ')) }),
      ...(index === 1 && { key: Buffer.from(`${String(key)}!`) }),
      ...(index === 2 && { headers: { ...headers, revision: '0' } }),
    };
  });
  const unsent = { ...(lost as StoredRecord), value: Buffer.from('{"eventId":"nobody\'s"}') };
  return [...spoiled, ...stored.slice(3), unsent].toReversed();
}

test('what the store says of itself', async () => {
  const unfaithful: StoreScenario = {
    ...unspooledScenario,
    start(world, network, settings) {
      const store = unspooledScenario.start(world, network, settings);
      world.after(3_000, () => {
        throw new Error('of a timer');
      });
      return {
        ...store,
        events: () => spoil(store.events()),
        deadLetters: () => store.events().slice(0, 1),
        mostConnections: { ofReceiver: 1 },
        findLack: async () => 'somebody has not read it',
        judges: { judgeAll: () => [{ kind: 'lost', text: 'a state' }] },
      };
    },
  };
  const { evidence, speaking } = await gather(unfaithful, 2);
  expect(speaking).toEqual([
    'judgeLosses',
    'judgeOrigin',
    'judgeBytes',
    'judgeKnownKeys',
    'judgeWaitingOrder',
    'judgeLetters',
    'judgeArrivals',
    'judgeDeliveries',
    'judgeHeaders',
    'judgeCopies',
    'judgeConnections',
    'judgeReaders',
    'judgeUncaught',
    'judgeStore',
  ]);
  expect(evidence.log.requests.length).toBeGreaterThan(50);
  const [receiver] = evidence.processes;
  expect(receiver?.getsAll).toBe(true);
  expect(receiver?.samples.filter(({ isReady }) => isReady === true).length).toBeGreaterThan(5);
  // The two downtimes are before the start and after the end of the process.
  expect(receiver?.downTimes).toEqual(evidence.downTimes);
  expect(evidence.downTimes).toHaveLength(2);
});

test('a store that nobody can reach', async () => {
  const { speaking } = await gather(withoutServers(unspooledScenario), 2);
  expect(speaking).toEqual(['judgeRefusals', 'judgeRecovery']);
});

test('a spool that is never drained', async () => {
  const { evidence, speaking } = await gather(withoutServers(kafkaScenario), 2);
  expect(speaking).toEqual(['judgeWaitingRecords', 'judgeSpools']);
  expect(evidence.spoolsFromMs).toBeLessThan(2_000);
});

test('a receiver that cannot listen', async () => {
  const { speaking } = await gather(
    {
      ...unspooledScenario,
      start(world, network, settings) {
        // The end of the round restores the replaced function.
        Object.assign(Server.prototype, {
          listen() {
            throw new Error('listen EADDRINUSE');
          },
        });
        return unspooledScenario.start(world, network, settings);
      },
    },
    2,
  );
  expect(speaking).toEqual(['judgeRefusals', 'judgeRecovery', 'judgeExits']);
});

test('a filter that does not end in time', async () => {
  const graceMs = 25_500;
  const filter = createFilterScenario();
  const { evidence, speaking } = await gather(
    {
      ...filter,
      start: (world, network, settings) =>
        filter.start(
          { ...world, after: (ms, run) => world.after(ms === graceMs ? 1 : ms, run) },
          ...([network, settings] as const),
        ),
    },
    2,
  );
  expect(speaking).toEqual(['judgeStore']);
  expect(Object.keys(evidence.ofStore)).toEqual(['judgeFilter', 'judgeTopics']);
  expect(evidence.ofStore.judgeFilter?.().map(({ text }) => text)).toContain(
    'the filter: filter-1 ended with 137',
  );
});

function withoutServers(scenario: StoreScenario): StoreScenario {
  return {
    ...scenario,
    start: (world, network, settings) =>
      scenario.start(world, { ...network, listen: () => () => undefined }, settings),
  };
}
