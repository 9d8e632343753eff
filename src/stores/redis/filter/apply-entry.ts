import type { EventRecord } from '../../../filter/log-record.ts';
import { type FilterOutcome, filterOutcomes } from '../../../filter/outcome-counts.ts';
import { toDeadLetterHeaders } from '../../../filter/output-record.ts';
import { readEvent } from '../../../filter/read-event.ts';
import type { Reply } from '../redis-client.ts';
import { RedisError } from '../redis-error.ts';
import { type StreamRecord, toFields } from '../stream-entry.ts';

export interface ApplyContext {
  readonly stream: string;
  readonly group: string;
  readonly topics: { readonly events: string; readonly latest: string; readonly deadLetter: string };
  readonly partition: number;
  /** How long an entity is remembered after its latest state. */
  readonly windowMs: number;
  readonly nowMs: number;
}

/** What becomes of an entry, as a call of the script. */
export interface PlannedEntry {
  readonly keys: readonly (string | Buffer)[];
  readonly args: readonly (string | Buffer)[];
  /** Name of the event, for the metrics. */
  readonly name: string;
  /** With an unreadable event: the fault in this program, if it was one. */
  readonly failure?: unknown;
}

/**
 * One atomic step for one entry: it is acknowledged, and the state of its entity is compared and set, or the dead letter is
 * stored. An entry that somebody else has acknowledged meanwhile changes nothing. Revisions are decimal text without zeros in
 * front: numbers of Lua have 53 bits.
 *
 * An error (a right that is missing, a name that has another type) does not take back what the script has done before. So
 * the acknowledgement comes last, and whether it is allowed is tried first: an entry is then delivered again, and changes
 * nothing that it has changed already.
 *
 * KEYS: the stream; the hash of the entity, or the stream of dead letters.
 * ARGV: group, identifier, mode, revision, milliseconds to remember, then fields and values.
 */
export const applyScript = `
local stream, target = KEYS[1], KEYS[2]
local group, id, mode, revision, window = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local function finish(outcome)
  redis.call('XACK', stream, group, id)
  return outcome
end

redis.call('XACK', stream, group, '0-0')
if #redis.call('XPENDING', stream, group, id, id, 1) == 0 then
  return 'done'
end
if mode == 'own' then
  return finish('own')
end
if mode == 'pass' then
  return finish('untracked')
end
local fields = {}
for i = 6, #ARGV do
  fields[#fields + 1] = ARGV[i]
end
if mode == 'dead' then
  redis.call('XADD', target, '*', unpack(fields))
  return finish('dead_lettered')
end
local known = redis.call('HGET', target, 'revision')
if mode == 'state' and known then
  if revision == known then
    return finish('duplicate')
  end
  if #revision < #known or (#revision == #known and revision < known) then
    return finish('obsolete')
  end
end
redis.call('DEL', target)
redis.call('HSET', target, unpack(fields))
if mode == 'state' then
  redis.call('HSET', target, 'revision', revision)
elseif known then
  redis.call('HSET', target, 'revision', known)
end
redis.call('PEXPIRE', target, window)
return finish(mode == 'state' and 'forwarded' or 'untracked')
`;

/** Reads an event, and says what the script has to do with it. */
export function planEntry(entry: StreamRecord, context: ApplyContext): PlannedEntry {
  const { stream, group, topics, partition, windowMs, nowMs } = context;
  const record = toEventRecord(entry);
  const event = readEvent(record);
  const call = (
    mode: string,
    target: string | Buffer,
    revision: string,
    fields: readonly (string | Buffer)[],
  ) => ({
    keys: [stream, target],
    args: [group, entry.id, mode, revision, String(windowMs), ...fields],
  });
  if (event.kind === 'unreadable') {
    const { reason } = event;
    const source = { topic: topics.events, partition, offset: entry.id };
    const headers = toDeadLetterHeaders(record, reason, { source, nowMs });
    return {
      ...call('dead', topics.deadLetter, '', toFields({ ...entry, headers })),
      name: '',
      ...(reason === 'unexpected_error' && { failure: event.error }),
    };
  }
  if (event.kind === 'own') {
    return { ...call('own', stream, '', []), name: event.name };
  }
  const { name, key } = event;
  if (key === undefined) {
    return { ...call('pass', stream, '', []), name };
  }
  const hash = Buffer.concat([Buffer.from(`${topics.latest}:`), key]);
  const fields = toFields(entry);
  if (event.kind === 'untracked') {
    return { ...call('untracked', hash, '', fields), name };
  }
  return { ...call('state', hash, String(event.revision), fields), name };
}

/** Reads what the script answers. @returns `undefined`: another consumer has done it. @throws {RedisError} for anything else */
export function parseApplied(reply: Reply): FilterOutcome | undefined {
  const outcome = filterOutcomes.find((each) => each === reply);
  if (outcome === undefined && reply !== 'done') {
    throw new RedisError('answer', 'the script gave an unexpected answer');
  }
  return outcome;
}

function toEventRecord({ id, key, value, headers }: StreamRecord): EventRecord {
  return {
    timestampMs: Number.parseInt(id, 10),
    key: key === null ? null : Buffer.from(key),
    value,
    header: (name) => headers[name],
  };
}
