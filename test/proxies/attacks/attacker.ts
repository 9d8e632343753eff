import { setTimeout as delay } from 'node:timers/promises';
import type { Attack } from './attack.ts';
import { type AttackConnection, runAttack } from './run-attack.ts';

export interface AttackerOptions {
  readonly connect: () => AttackConnection;
  /** In turn. */
  readonly attacks: readonly Attack[];
  /** Each goes on by itself until the end. */
  readonly slowAttacks: readonly Attack[];
}

export type Attacker = ReturnType<typeof startAttacker>;

const mostOpen = 24;
/** A slow attacker who was sent away comes back after that. */
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
    /** Begins the next attack, once not too many are under way. */
    async attackNext() {
      while (open.size >= mostOpen) {
        await Promise.race(open);
      }
      const attack = attacks[begun % attacks.length];
      if (attack !== undefined) {
        begun += 1;
        const running = runAttack(connect, attack).finally(() => open.delete(running));
        open.add(running);
      }
    },
    /** Resolves with the number of attacks when the last one is over. */
    async stop() {
      end.abort();
      await Promise.all([...open, ...slow]);
      return begun + slowlyBegun;
    },
  };
}
