import { ok } from '../answer.ts';
import type { Command } from './command.ts';

/** What any key can be asked, whatever it holds, and what puts a text under it. */
export const keyCommands: Readonly<Record<string, Command>> = {
  EXISTS: { run: ({ data, args: [key = ''] }) => Number(data.has(key)) },
  SET: {
    run({ args: [key = '', text = ''], change }) {
      change((copy) => copy.set(key, { kind: 'string', text }));
      return ok;
    },
    writes: true,
    grows: true,
  },
};
