import type { PlacedRecord } from '../../ports/record-reader.ts';
import { toLinePart } from '../../runtime/foreign-text.ts';
import { toIso } from '../../runtime/format.ts';
import { isEmpty, type Life, type Looked } from './life.ts';
import { readFacts } from './record-facts.ts';

/** For programs: the same, without what the events say. */
export function toLifeJson(life: Life): object {
  const { id, sinceMs, untilMs, lookedAt } = life;
  return {
    id,
    from: toIso(sinceMs),
    to: toIso(untilMs),
    lookedAt,
    events: toList(life.events, ({ record, outcome }) => ({ ...toRow(record), outcome })),
    latest: toList(life.latest, toRow),
    deadLetters: toList(life.deadLetters, toRow),
    spooled: toList(life.spooled, toFactsRow),
  };
}

function toList<T>(looked: Looked<T>, toMember: (item: T) => object): object {
  return 'notKnown' in looked ? looked : looked.map(toMember);
}

function toRow(record: PlacedRecord): object {
  const { storedAtMs, place } = record;
  return { time: toIso(storedAtMs), place, ...toFactsRow(record) };
}

function toFactsRow(record: Pick<PlacedRecord, 'topic' | 'key' | 'headers' | 'value'>): object {
  const { topic, key, headers } = record;
  return { topic, key, ...readFacts(record), receivedAt: headers['received-at'] };
}

/**
 * @param formatTable columns as wide as their widest cell
 * @param elsewhere lines of what is known from elsewhere
 */
export function formatLife(
  life: Life,
  formatTable: (rows: readonly (readonly string[])[]) => string,
  elsewhere = '',
): string {
  const { id, events, latest, deadLetters, spooled, lookedAt, sinceMs, untilMs } = life;
  const range = `from ${toIso(sinceMs)} to ${toIso(untilMs)}`;
  const looked = lookedAt.map((part) => `  ${toLinePart(part)}\n`).join('');
  if (isEmpty(life)) {
    return `Nothing found of ${toLinePart(id)}, ${range}. Looked at:\n${looked}${elsewhere}`;
  }
  return [
    describeEvents(id, events, formatTable),
    describe(
      'latest state',
      latest,
      'none: the revision filter has not seen it, or has forgotten it',
      toSentence,
    ),
    describe(
      'dead letters',
      deadLetters,
      'none',
      (record) => `${toSentence(record)}, ${readFacts(record).reason}`,
    ),
    describe('in the spool', spooled, 'nothing', (record) => `${record.topic}, ${nameOf(record)}, waits`),
    elsewhere,
    `looked at, ${range}:\n${looked}`,
  ].join('');
}

function describeEvents(
  id: string,
  events: Life['events'],
  formatTable: Parameters<typeof formatLife>[1],
): string {
  if ('notKnown' in events || events.length === 0) {
    return describe('events', events, 'none', () => '');
  }
  const rows = events.map(({ record, facts, outcome }) => [
    toIso(record.storedAtMs),
    facts.name ?? '-',
    facts.revision ?? '-',
    record.place,
    outcome === 'later' ? '' : outcome,
  ]);
  return `${toLinePart(id)}: ${events.length} events\n${formatTable([['TIME', 'NAME', 'REVISION', 'PLACE', ''], ...rows])}`;
}

function describe<T>(what: string, looked: Looked<T>, none: string, toText: (item: T) => string): string {
  if ('notKnown' in looked) {
    return `${what}: not known: ${toLinePart(looked.notKnown)}\n`;
  }
  return looked.length === 0
    ? `${what}: ${none}\n`
    : looked.map((item) => `${what}: ${toLinePart(toText(item))}\n`).join('');
}

function toSentence(record: PlacedRecord): string {
  return `${nameOf(record)}, ${toIso(record.storedAtMs)}, ${record.place}`;
}

function nameOf(record: Pick<PlacedRecord, 'headers' | 'value'>): string {
  const { reason, name = reason === 'erased' ? reason : 'no name', revision } = readFacts(record);
  return revision === undefined ? name : `${name} r${revision}`;
}
