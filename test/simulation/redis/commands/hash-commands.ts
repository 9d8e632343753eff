import { type Answer, ok } from '../answer.ts';
import { makeHash, readHash } from '../keyspace.ts';
import type { Command, CommandCall } from './command.ts';

/** Hashes, and what any key can be asked. */
export const hashCommands: Readonly<Record<string, Command>> = {
  HGET: {
    run: ({ data, args: [key = '', field = ''], nowMs }) =>
      readHash(data, key, nowMs)?.fields.get(field) ?? null,
  },
  HGETALL: {
    run: ({ data, args: [key = ''], nowMs }) => [...(readHash(data, key, nowMs)?.fields ?? [])].flat(),
  },
  HSET: { run: setFields, writes: true, grows: true },
  DEL: { run: remove, writes: true },
  EXISTS: { run: ({ data, args: [key = ''] }) => Number(data.has(key)) },
  PEXPIRE: { run: expire, writes: true },
  SET: {
    run({ args: [key = '', text = ''], change }) {
      change((copy) => copy.set(key, { kind: 'string', text }));
      return ok;
    },
    writes: true,
    grows: true,
  },
};

function setFields({ data, args, nowMs, change }: CommandCall): Answer {
  const [key = '', ...flat] = args;
  const pairs = flat.flatMap((name, index) =>
    index % 2 === 0 ? [[name, flat[index + 1] ?? ''] as const] : [],
  );
  const known = readHash(data, key, nowMs)?.fields;
  const added = new Set(flat.filter((name, index) => index % 2 === 0 && !known?.has(name)));
  change((copy) => {
    const { fields } = makeHash(copy, key, nowMs);
    for (const [name, value] of pairs) {
      fields.set(name, value);
    }
  });
  return added.size;
}

function remove({ data, args: [key = ''], change }: CommandCall): Answer {
  const isThere = data.has(key);
  if (isThere) {
    change((copy) => copy.delete(key));
  }
  return Number(isThere);
}

function expire({ data, args: [key = '', ms], nowMs, change }: CommandCall): Answer {
  if (readHash(data, key, nowMs) === undefined) {
    return 0;
  }
  change((copy) => {
    makeHash(copy, key, nowMs).expiresAtMs = nowMs + Number(ms);
  });
  return 1;
}
