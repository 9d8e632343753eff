import { expect, test } from 'vitest';
import { createTrafficLog, type SentRequest } from '../../faults/traffic/traffic-log.ts';
import { startWorld } from '../world/world.ts';
import { watchRecovery } from './watch-recovery.ts';

type Traffic = (atMs: number) => { readonly outcomes: readonly number[]; readonly problem?: string };

/**
 * Watches the recovery of one receiver.
 *
 * @param traffic responses of the receiver in each second
 */
async function watch(traffic: Traffic): Promise<string | undefined> {
  using world = startWorld(1);
  const log = createTrafficLog();
  const send = () => {
    for (const outcome of traffic(world.now()).outcomes) {
      const event = { id: 'a', key: 'entity', revision: 1, text: '' };
      const sent = { sentAt: world.now(), latencyMs: 0, outcome, badElements: [] };
      log.requests.push({ ...sent, kind: 'single', events: [event] } satisfies SentRequest);
    }
    world.after(1_000, send);
  };
  world.after(500, send);
  const probe = { ask: () => undefined, isReady: () => true, problem: () => traffic(world.now()).problem };
  const deps = { world, log, probes: [probe], servesLimitMs: 10_000, isGone: () => false };
  return await watchRecovery(deps);
}

const taken = [200, 200, 200];

test.for<[string, Traffic, string | undefined]>([
  ['everything at once', () => ({ outcomes: taken }), undefined],
  ['everything after five seconds', (at) => ({ outcomes: at < 5_000 ? [503] : taken }), undefined],
  ['some, and everything at last', (at) => ({ outcomes: at < 25_000 ? [200, 503] : taken }), undefined],
  ['nothing in time', (at) => ({ outcomes: at < 12_000 ? [503] : taken }), 'rejects writes 10 s'],
  ['everything, and says no', () => ({ outcomes: taken, problem: 'no leader' }), 'no leader'],
  ['some, and never everything', () => ({ outcomes: [200, 503, 200] }), 'still refuses 30 s'],
  [
    'everything but what comes now and then',
    (at) => ({ outcomes: at % 3_000 < 1_000 ? [200, 200, 503] : taken }),
    'still refuses 30 s',
  ],
  ['too little to say', () => ({ outcomes: [200] }), 'still refuses 30 s'],
])('a receiver that takes %s', async ([, traffic, lack]) => {
  const found = await watch(traffic);
  expect(found === undefined || lack === undefined ? found : found.includes(lack)).toBe(
    lack === undefined ? undefined : true,
  );
});
