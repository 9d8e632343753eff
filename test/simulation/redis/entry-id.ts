import { CommandError } from './answer.ts';

/** Milliseconds and a number within them. */
export type EntryId = readonly [ms: number, sequence: number];

export const firstId: EntryId = [0, 0];
const lastId: EntryId = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];

export const formatId = ([ms, sequence]: EntryId): string => `${ms}-${sequence}`;

function compareIds(left: EntryId, right: EntryId): number {
  return left[0] === right[0] ? left[1] - right[1] : left[0] - right[0];
}

/** @param sequence where the text has none @throws {CommandError} */
function parseId(text: string, sequence = 0): EntryId {
  const [, ms, own] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  if (ms === undefined) {
    throw new CommandError('ERR Invalid stream ID specified as stream command argument');
  }
  return [Number(ms), own === undefined ? sequence : Number(own)];
}

/** Whether an identifier is in a range as XRANGE takes it. @throws {CommandError} */
export function createRange(start: string, end: string): (id: EntryId) => boolean {
  const [from, isOpen] =
    start === '-' ? [firstId, false] : [parseId(start.replace(/^\(/, '')), start.startsWith('(')];
  const to = end === '+' ? lastId : parseId(end, Number.POSITIVE_INFINITY);
  return (id) => compareIds(id, from) >= (isOpen ? Number.MIN_VALUE : 0) && compareIds(id, to) <= 0;
}

/** The identifier of an entry that comes now. The clock may have been set back. */
export function nextId(last: EntryId, nowMs: number): EntryId {
  return nowMs > last[0] ? [nowMs, 0] : [last[0], last[1] + 1];
}
