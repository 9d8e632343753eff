import type { Random } from '../world/random.ts';

type Change<T> = (names: Map<string, T>) => void;

/**
 * The names in a directory, in two versions: the names that processes see, and the names that would survive a power
 * loss.
 */
export class DiskNames<T> {
  #seen = new Map<string, T>();
  #durable = new Map<string, T>();
  #unsynced: Change<T>[] = [];

  get(name: string): T | undefined {
    return this.#seen.get(name);
  }

  list(): string[] {
    return [...this.#seen.keys()].toSorted();
  }

  values(): T[] {
    return [...this.#seen.values()];
  }

  put(name: string, value: T): void {
    this.#change((names) => names.set(name, value));
  }

  remove(name: string): void {
    this.#change((names) => names.delete(name));
  }

  /** Renames an entry. After a power loss, the rename has happened completely or not at all. */
  rename(from: string, to: string): void {
    const value = this.#seen.get(from) as T;
    this.#change((names) => {
      names.delete(from);
      names.set(to, value);
    });
  }

  /**
   * Syncs the whole directory. If an earlier sync failed, the lost names are saved by the next sync that follows
   * another change.
   */
  sync(): void {
    if (this.#unsynced.length > 0) {
      this.#durable = new Map(this.#seen);
    }
    this.#unsynced = [];
  }

  failSync(random: Random): void {
    this.#loseSome(random);
    this.#unsynced = [];
  }

  crash(random: Random): void {
    this.failSync(random);
    this.#seen = new Map(this.#durable);
  }

  #change(change: Change<T>): void {
    change(this.#seen);
    this.#unsynced.push(change);
  }

  /**
   * Loses some unsynced changes. A journaling file system loses only the latest changes. Other file systems may lose
   * any change.
   */
  #loseSome(random: Random): void {
    const hasLog = random.chance(0.7);
    const kept = random.int(this.#unsynced.length + 1);
    for (const [index, change] of this.#unsynced.entries()) {
      if (hasLog ? index < kept : random.chance(0.5)) {
        change(this.#durable);
      }
    }
  }
}
