import type { Change } from '../keyspace.ts';
import type { RedisPlace } from './fault-kind.ts';

const lookEveryMs = 1_000;
/** A server that ends on a full disk starts again a few times before it keeps anything. */
const looks = 30;

const aside = (key: string) => `${key}:aside`;

/**
 * Another program has renamed what is there, and written a text under its name.
 *
 * @returns gives the name back; again when a crash of the server has undone that
 */
export function takeName({ service, world }: Pick<RedisPlace, 'service' | 'world'>, key: string): () => void {
  function giveBack(looksLeft: number): void {
    const node = service.primary();
    // One that has ended still shows what it had in memory: that may be more than it starts with again.
    if (node.isRunning() && node.data().get(key)?.kind === 'string') {
      node.change(restored(key));
    }
    if (looksLeft > 0) {
      world.after(lookEveryMs, () => giveBack(looksLeft - 1));
    }
  }

  service.primary().change(taken(key));
  return () => giveBack(looks);
}

function taken(key: string): Change {
  return (data) => {
    const value = data.get(key);
    if (value !== undefined && value.kind !== 'string') {
      data.set(aside(key), value);
    }
    data.set(key, { kind: 'string', text: 'of another program' });
  };
}

function restored(key: string): Change {
  return (data) => {
    const value = data.get(aside(key));
    data.delete(key);
    if (value !== undefined) {
      data.delete(aside(key));
      data.set(key, value);
    }
  };
}
