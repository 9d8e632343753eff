import { type Answer, CommandError, noList } from '../answer.ts';
import { compareIds, createRange, type EntryId, formatId, parseId } from '../entry-id.ts';
import { entriesAfter, findEntry, type Pending } from '../keyspace.ts';
import type { Command, CommandCall } from './command.ts';
import { findGroup, type GroupPlace, groupIn, noGroup } from './find-group.ts';
import { toAnswer } from './stream-commands.ts';

/** How members of a group get entries, and give them back. */
export const groupReading: Readonly<Record<string, Command>> = {
  XREADGROUP: { run: readGroup, writes: true },
  XACK: { run: acknowledge, writes: true },
  XAUTOCLAIM: { run: claim, writes: true },
};

function readGroup(call: CommandCall): Answer {
  const { data, args } = call;
  const [, name = '', consumer = ''] = args;
  const begin = args.indexOf('STREAMS') + 1;
  const size = (args.length - begin) / 2;
  const at = args.indexOf('COUNT');
  const count = at < 0 || at >= begin ? Number.POSITIVE_INFINITY : Number(args[at + 1]);
  const answers: Answer[] = [];
  const keys = args.slice(begin, begin + size);
  const places = keys.map(
    (key) => findGroup(data, key, name) ?? noGroup(key, name, ' in XREADGROUP with GROUP option'),
  );
  const missing = places.find((place) => place instanceof CommandError);
  if (missing !== undefined) {
    throw missing;
  }
  for (const [index, key] of keys.entries()) {
    const place = { ...(places[index] as GroupPlace), key, name, consumer };
    const after = args[begin + size + index] ?? '';
    noteSeen(place, call);
    if (after !== '>') {
      answers.push([key, readAgain(place, parseId(after), count)]);
    } else {
      const entries = readNew(call, place, count);
      if (entries.length > 0) {
        answers.push([key, entries.map(toAnswer)]);
      }
    }
  }
  return answers.length === 0 ? noList : answers;
}

interface Reader extends GroupPlace {
  readonly key: string;
  readonly name: string;
  readonly consumer: string;
}

/** Whoever reads is a member from then on. */
function noteSeen({ group: { consumers }, key, name, consumer }: Reader, { change }: CommandCall): void {
  if (!consumers.has(consumer)) {
    change((copy) => groupIn(copy, key, name).consumers.add(consumer));
  }
}

function readAgain({ stream, group, consumer }: Reader, after: EntryId, count: number): Answer[] {
  return [...group.pending.values()]
    .filter((each) => each.consumer === consumer && compareIds(each.id, after) > 0)
    .slice(0, count)
    .map(({ id }) => [formatId(id), findEntry(stream, id)?.fields ?? noList]);
}

function readNew(
  { nowMs, change }: CommandCall,
  { stream, group, key, name, consumer }: Reader,
  count: number,
) {
  const entries = entriesAfter(stream, group.lastId, count);
  const last = entries.at(-1)?.id;
  if (last !== undefined) {
    change((copy) => {
      const same = groupIn(copy, key, name);
      same.lastId = last;
      same.isRead = true;
      for (const { id } of entries) {
        same.pending.set(formatId(id), { id, consumer, deliveredAtMs: nowMs, deliveries: 1 });
      }
    });
  }
  return entries;
}

function acknowledge({ data, args, change }: CommandCall): Answer {
  const [key = '', name = '', ...texts] = args;
  const pending = findGroup(data, key, name)?.group.pending;
  const ids = texts.map((text) => formatId(parseId(text))).filter((id) => pending?.has(id));
  if (ids.length > 0) {
    change((copy) => {
      for (const id of ids) {
        groupIn(copy, key, name).pending.delete(id);
      }
    });
  }
  return ids.length;
}

function claim({ data, args, nowMs, change }: CommandCall): Answer {
  const [key = '', name = '', consumer = '', idleMs, start = '', , count] = args;
  const place = findGroup(data, key, name);
  if (place === undefined) {
    throw noGroup(key, name);
  }
  const { stream, group } = place;
  const isInRange = createRange(start, '+');
  const claimed: Pending[] = [];
  const deleted: string[] = [];
  let next = '0-0';
  for (const each of group.pending.values()) {
    if (isInRange(each.id)) {
      if (claimed.length === Number(count)) {
        next = formatId(each.id);
        break;
      }
      if (findEntry(stream, each.id) === undefined) {
        deleted.push(formatId(each.id));
      } else if (nowMs - each.deliveredAtMs >= Number(idleMs)) {
        claimed.push({ ...each, consumer, deliveredAtMs: nowMs, deliveries: each.deliveries + 1 });
      }
    }
  }
  change((copy) => {
    const { pending, consumers } = groupIn(copy, key, name);
    consumers.add(consumer);
    for (const each of claimed) {
      pending.set(formatId(each.id), each);
    }
    for (const id of deleted) {
      pending.delete(id);
    }
  });
  return [next, claimed.map(({ id }) => toAnswer(findEntry(stream, id) ?? { id, fields: [] })), deleted];
}
