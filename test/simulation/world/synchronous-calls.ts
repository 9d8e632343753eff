import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { ProcessTable } from './simulated-process.ts';

/** Startup period during which a process may make synchronous reads. */
const startMs = 100;
/** Synchronous calls that Node makes for an import. They happen once per real process. */
const ofNode = { calls: ['realpathSync'], paths: /node_modules|\.[cm]?[jt]s$|package\.json$/ };

interface CallWatch {
  readonly processes: Pick<ProcessTable, 'current'>;
  readonly now: () => number;
  readonly onCall: (error: Error) => void;
}

/** Reports each synchronous node:fs call of a simulated process until the round ends. */
export function watchSynchronousCalls({ processes, now, onCall }: CallWatch): Disposable {
  const calls = Object.entries(fs).filter(
    ([name]) => name.endsWith('Sync') && !ofNode.calls.includes(name),
  ) as unknown as [string, (...args: unknown[]) => unknown][];
  for (const [name, call] of calls) {
    Object.assign(fs, {
      [name](...args: unknown[]) {
        const { name: who, startedMs = 0 } = processes.current() ?? {};
        const isOwn = !ofNode.paths.test(String(args[0]));
        if (who !== undefined && isOwn && now() - startedMs > startMs) {
          onCall(new Error(`${who} stands still for fs.${name}`));
        }
        return call(...args);
      },
    });
  }
  syncBuiltinESMExports();
  return {
    [Symbol.dispose]() {
      Object.assign(fs, Object.fromEntries(calls));
      syncBuiltinESMExports();
    },
  };
}
