import type { Command } from '../../../../src/stores/redis/redis-client.ts';
import type { Asker, Side } from './redis-side.ts';

/** What a story was answered. */
export type Seen = unknown[];

export const texts = (command: string): Command => command.split(' ');

/** Asks a server, real or simulated, and collects what it answers. */
export type Stories = Readonly<Record<string, (side: Side) => Promise<Seen>>>;

/** Asks each command by itself. */
export async function askEach(asker: Asker, commands: readonly Command[]): Promise<Seen> {
  const seen: Seen = [];
  for (const command of commands) {
    seen.push(...(await asker.ask(command)));
  }
  return seen;
}

export const event = (key: string, value: string) => ['XADD', 'events', '*', 'key', key, 'value', value];
