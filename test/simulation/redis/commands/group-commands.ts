import { type Answer, CommandError, ok } from '../answer.ts';
import { createRange, formatId, parseId } from '../entry-id.ts';
import { createGroup, entriesAfter, makeStream, readStream } from '../keyspace.ts';
import type { Command, CommandCall } from './command.ts';
import { findGroup, groupIn, noGroup } from './find-group.ts';

export const groupCommands: Readonly<Record<string, Command>> = {
  XGROUP: { run: manage, writes: true, grows: true },
  XPENDING: { run: listPending },
  XINFO: { run: describeGroups },
};

function manage({ data, args, change }: CommandCall): Answer {
  const [what, key = '', name = '', last = '', option] = args;
  const stream = readStream(data, key);
  if (stream === undefined && option !== 'MKSTREAM') {
    throw new CommandError(
      'ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.',
    );
  }
  const group = stream?.groups.get(name);
  if (what === 'CREATE') {
    if (group !== undefined) {
      throw new CommandError('BUSYGROUP Consumer Group name already exists');
    }
    const id = parseId(last);
    change((copy) => makeStream(copy, key).groups.set(name, createGroup(id)));
    return ok;
  }
  if (what === 'DESTROY') {
    if (group !== undefined) {
      change((copy) => makeStream(copy, key).groups.delete(name));
    }
    return Number(group !== undefined);
  }
  if (what !== 'DELCONSUMER') {
    throw new Error(`the model does not know XGROUP ${what}`);
  }
  if (group === undefined) {
    throw noGroup(key, name);
  }
  const own = [...group.pending].filter(([, { consumer }]) => consumer === last).map(([id]) => id);
  change((copy) => {
    const { consumers, pending } = groupIn(copy, key, name);
    consumers.delete(last);
    for (const id of own) {
      pending.delete(id);
    }
  });
  return own.length;
}

function listPending({ data, args, nowMs }: CommandCall): Answer {
  const [key = '', name = '', from = '', to = '', count, consumer] = args;
  const place = findGroup(data, key, name);
  if (place === undefined) {
    throw noGroup(key, name);
  }
  const isInRange = createRange(from, to);
  return [...place.group.pending.values()]
    .filter((each) => isInRange(each.id) && (consumer === undefined || each.consumer === consumer))
    .slice(0, Number(count))
    .map((each) => [formatId(each.id), each.consumer, nowMs - each.deliveredAtMs, each.deliveries]);
}

function describeGroups({ data, args: [what, key = ''] }: CommandCall): Answer {
  const stream = readStream(data, key);
  if (what !== 'GROUPS') {
    throw new Error(`the model does not know XINFO ${what}`);
  }
  if (stream === undefined) {
    throw new CommandError('ERR no such key');
  }
  return [...stream.groups].map(([name, { consumers, pending, lastId, isRead }]) => {
    const lag = entriesAfter(stream, lastId, stream.entries.length).length;
    return [
      ...['name', name, 'consumers', consumers.size, 'pending', pending.size],
      ...['last-delivered-id', formatId(lastId), 'entries-read', isRead ? stream.entries.length - lag : null],
      ...['lag', lag],
    ];
  });
}
