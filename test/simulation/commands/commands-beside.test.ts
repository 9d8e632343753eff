import { expect, test } from 'vitest';
import { keep } from '../judge/histories/commands.ts';
import { kafkaScenario } from '../kafka/kafka-scenario.ts';
import { openNetwork } from '../network/open-network.ts';
import { startWorld } from '../world/world.ts';
import { startCommands } from './commands-beside.ts';

test('commands that have no answer are told, and what was never replayed', async () => {
  await kafkaScenario.load();
  using world = startWorld(1);
  using network = openNetwork(world);
  const letter = keep('dead', 0, { reason: 'too_large' });
  const { judges, findLack } = startCommands({
    ...{ world, seed: 1, isBlind: () => false },
    env: { KAFKA_BROKERS: 'nobody:9092', KAFKA_TOPIC: 'events', KAFKA_DEAD_LETTER_TOPIC: 'dead' },
    events: () => [{ ...keep('events', 0, { ce_id: 'a' }), key: Buffer.from('entity') }],
    deadLetters: () => [letter],
  });
  expect(await findLack()).toContain('"replay --json" runs since');
  for (let lack: string | undefined = ''; lack !== undefined; lack = await findLack()) {
    await world.runFor(1_000);
  }
  const commands = judges.judgeCommands?.().map(({ text }) => text.split(':')[0]);
  expect(commands).toEqual([
    'replay --json ended with 2',
    'replay --json ended with 2',
    'tail --no-follow ended with 2',
    'find entity ended with 2',
  ]);
  expect(judges.judgeReplayed?.()).toHaveLength(1);
  expect(network.link('nobody:9092').connectionCount).toBe(0);
});
