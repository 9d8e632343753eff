import type { ServerWorld } from '../world/world.ts';
import type { Conditions } from './conditions.ts';
import type { Change } from './keyspace.ts';

/** All that one command, or one transaction, has changed. */
export type Step = readonly Change[];

/** How much of what a server has done is in its file, and on the disk under it; counted in steps. */
export interface AppendOnlyFile {
  /** Given to the operating system: outlives the process. */
  written(): number;
  /** On the disk: outlives the machine. */
  synced(): number;
  /** The last write failed. */
  hasFailed(): boolean;
  /** Before answers are sent. */
  flush(): void;
  /** Switches it on or off, as CONFIG SET does. */
  set(isOn: boolean): void;
  /** The process has started with these steps. */
  open(steps: number): void;
  /** The process is gone. */
  close(): void;
}

interface AppendOnlyFileDeps {
  readonly world: ServerWorld;
  readonly conditions: Conditions;
  /** Steps that the server has done. */
  readonly done: () => number;
  readonly onSync: () => void;
}

const syncIntervalMs = 1_000;
/** A sync that does not end is looked at so often. */
const stuckMs = 100;

export function createAppendOnlyFile({
  world,
  conditions,
  done,
  onSync,
}: AppendOnlyFileDeps): AppendOnlyFile {
  let written = 0;
  let synced = 0;
  let hasFailed = false;
  let cancelSync = () => {};
  let cancelRewrite: (() => void) | undefined;

  function flush(): void {
    if (conditions.appendOnly && cancelRewrite === undefined && written < done()) {
      hasFailed = conditions.isDiskFull;
      if (!hasFailed) {
        written = done();
        if (conditions.appendFsync === 'always') {
          synced = written;
        }
      }
    }
  }

  function tick(): void {
    flush();
    if (conditions.appendOnly && conditions.appendFsync !== 'no' && synced < written) {
      const upTo = written;
      cancelSync = world.after(world.random.between(1, 30), () => endSync(upTo));
    } else {
      cancelSync = world.after(syncIntervalMs, tick);
    }
  }

  function endSync(upTo: number): void {
    if (conditions.isDiskStuck) {
      cancelSync = world.after(stuckMs, () => endSync(upTo));
      return;
    }
    synced = Math.max(synced, upTo);
    cancelSync = world.after(syncIntervalMs, tick);
    onSync();
  }

  function endRewrite(): void {
    cancelRewrite = undefined;
    flush();
    onSync();
  }

  return {
    written: () => written,
    synced: () => synced,
    hasFailed: () => hasFailed,
    flush,
    set(isOn) {
      cancelRewrite?.();
      // It is written anew beside the old one, which counts until the new one is whole.
      cancelRewrite =
        isOn && !conditions.appendOnly ? world.after(world.random.between(20, 600), endRewrite) : undefined;
      conditions.appendOnly = isOn;
    },
    open(steps) {
      written = steps;
      synced = steps;
      hasFailed = false;
      cancelSync = world.after(world.random.between(1, syncIntervalMs), tick);
    },
    close() {
      cancelSync();
      cancelRewrite?.();
      cancelRewrite = undefined;
    },
  };
}
