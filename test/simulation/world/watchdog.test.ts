import { fork } from 'node:child_process';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { stackDescriptor } from './watchdog.ts';

test.for([['endless loop'], ['endless promises']] as const)(
  'tells where a process stands still: %s',
  async ([how]) => {
    const child = fork(new URL('watchdog-subject.ts', import.meta.url), [how], {
      execArgv: ['--stack-trace-limit=0'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
    });
    expect(await text(child.stdio[stackDescriptor] as Readable)).toContain('goOn');
  },
);
