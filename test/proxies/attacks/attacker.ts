import { setTimeout as delay } from 'node:timers/promises';
import type { Attack } from './attack.ts';
import { type AttackConnection, runAttack } from './run-attack.ts';

export interface AttackerOptions {
  readonly connect: () => AttackConnection;
  /** Attacks that the attacker runs in turn. */
  readonly attacks: readonly Attack[];
  /** Attacks that run until the test ends. */
  readonly slowAttacks: readonly Attack[];
}

export type Attacker = ReturnType<typeof startAttacker>;

const maxOpen = 24;
/** Pause before a slow attacker reconnects after its connection was closed. */
const comeBackMs = 200;

export function startAttacker({ connect, attacks, slowAttacks }: AttackerOptions) {
  const end = new AbortController();
  const open = new Set<Promise<unknown>>();
  let begun = 0;
  let slowlyBegun = 0;

  async function goOn(attack: Attack): Promise<void> {
    while (!end.signal.aborted) {
      slowlyBegun += 1;
      await runAttack(connect, attack);
      await delay(comeBackMs);
    }
  }
  const slow = slowAttacks.map(goOn);

  return {
    /** Starts the next attack as soon as fewer than the maximum are running. */
    async attackNext() {
      while (open.size >= maxOpen) {
        await Promise.race(open);
      }
      const attack = attacks[begun % attacks.length];
      if (attack !== undefined) {
        begun += 1;
        const running = runAttack(connect, attack).finally(() => open.delete(running));
        open.add(running);
      }
    },
    /** Resolves with the number of attacks when the last one has ended. */
    async stop() {
      end.abort();
      await Promise.all([...open, ...slow]);
      return begun + slowlyBegun;
    },
  };
}
