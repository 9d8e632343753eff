import { type Answer, CommandError } from '../answer.ts';
import { createRange, formatId, nextId } from '../entry-id.ts';
import { makeStream, readStream, type StreamEntry } from '../keyspace.ts';
import type { Command, CommandCall } from './command.ts';

export const streamCommands: Readonly<Record<string, Command>> = {
  XADD: { run: add, writes: true, grows: true },
  XLEN: { run: ({ data, args: [key = ''] }) => readStream(data, key)?.entries.length ?? 0 },
  XRANGE: { run: range },
};

function add({ data, args, nowMs, change }: CommandCall): Answer {
  const [key = '', place, ...fields] = args;
  if (place !== '*' || fields.length === 0 || fields.length % 2 === 1) {
    throw new CommandError("ERR wrong number of arguments for 'xadd' command");
  }
  const id = nextId(readStream(data, key)?.lastId ?? [0, 0], nowMs);
  change((copy) => {
    const stream = makeStream(copy, key);
    stream.entries.push({ id, fields });
    stream.lastId = id;
  });
  return formatId(id);
}

function range({ data, args: [key = '', from = '', to = '', , count] }: CommandCall): Answer {
  const isInRange = createRange(from, to);
  const found = (readStream(data, key)?.entries ?? []).filter(({ id }) => isInRange(id));
  return found.slice(0, Number(count ?? found.length)).map(toAnswer);
}

const toAnswer = ({ id, fields }: StreamEntry): Answer => [formatId(id), fields];
