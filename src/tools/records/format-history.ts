import type { StoredRecord } from '../../ports/record-reader.ts';
import { conclude, type Finding, toReason } from '../../runtime/finding.ts';
import { formatCount, toIso } from '../../runtime/format.ts';
import { toLinePart } from '../../runtime/untrusted-text.ts';
import {
  type EntityHistory,
  type HistoryEvent,
  isList,
  listOf,
  listParts,
  type OptionalLookup,
} from './entity-history.ts';
import { readReason } from './event-reason.ts';
import { readFacts } from './record-facts.ts';

/** For programs: the same, without what the events say but channel and reason. */
export function toHistoryJson(life: EntityHistory): object {
  const { id, asked, period, lookedAt } = life;
  return {
    id,
    asked,
    verdict: conclude(evaluateHistory(life)).text,
    since: toIso(period.sinceMs),
    until: toIso(period.untilMs),
    lookedAt,
    events: toList(life.events, ({ record, facts, outcome }) => ({
      ...toRow(record),
      outcome,
      ...readReason(facts.name, record.value),
    })),
    latest: toList(life.latest, toRow),
    deadLetters: toList(life.deadLetters, toRow),
    reconciled: toList(life.reconciled, toRow),
  };
}

function toList<T>(looked: OptionalLookup<T>, toMember: (item: T) => object): object {
  return 'notHere' in looked ? { notKnown: looked.notHere } : isList(looked) ? looked.map(toMember) : looked;
}

function toRow(record: StoredRecord): object {
  const { storedAtMs, place } = record;
  return { time: toIso(storedAtMs), place, ...toFactsRow(record) };
}

function toFactsRow(record: Pick<StoredRecord, 'topic' | 'key' | 'headers' | 'value'>): object {
  const { topic, key, headers } = record;
  return { topic, key, ...readFacts(record), receivedAt: headers['received-at'] };
}

/** Columns as wide as their widest cell. */
type FormatTable = (rows: readonly (readonly string[])[]) => string;

/** The verdict first, in one sentence; what it was read from below it. */
export function formatHistory(life: EntityHistory, formatTable: FormatTable): string {
  const { events, latest, deadLetters, reconciled, lookedAt, period } = life;
  const looked = lookedAt.map((part) => `  ${toLinePart(part)}\n`).join('');
  const sentence = (record: StoredRecord) =>
    `${describe(record)}, ${toIso(record.storedAtMs)}, ${record.place}`;
  const isNothing = listParts(life).every((part) => listOf<unknown>(part).length === 0);
  return [
    `${toLinePart(conclude(evaluateHistory(life)).text)}\n`,
    describeEvents(events, formatTable),
    list('latest state', latest, sayNoState(life), sentence),
    list('dead letters', deadLetters, 'none', (record) => `${sentence(record)}, ${readFacts(record).reason}`),
    list('asked for by reconcile', reconciled, 'nothing', sentence),
    describeNotHere([
      ['latest state', latest],
      ['asked for by reconcile', reconciled],
    ]),
    ...(isNothing
      ? ['refused deliveries: not known: nothing of them is stored, see the log of the receiver\n']
      : []),
    `looked at, from ${toIso(period.sinceMs)} to ${toIso(period.untilMs)}:\n${looked || '  nothing\n'}`,
  ].join('');
}

/** Of a key states are looked at however new they are. */
function sayNoState({ isOf, period }: EntityHistory): string {
  return isOf === 'key'
    ? 'none: the revision filter has not seen it, or has forgotten it'
    : `${isOf === 'rest' ? 'no other' : 'none'} that was stored before ${toIso(period.untilMs)} has it`;
}

/** Said once: most installations lack some of it. */
function describeNotHere(
  parts: readonly (readonly [what: string, looked: OptionalLookup<unknown>])[],
): string {
  const texts = parts.flatMap(([what, looked]) =>
    'notHere' in looked ? [`${what} (${looked.notHere})`] : [],
  );
  return texts.length === 0 ? '' : `${toLinePart(`not known, as it is not here: ${texts.join(', ')}`)}\n`;
}

function describeEvents(events: EntityHistory['events'], formatTable: FormatTable): string {
  if (!isList(events) || events.length === 0) {
    return list('events', events, 'none', () => '');
  }
  const rows = events.map(({ record, facts, outcome }: HistoryEvent) => {
    const { channel = '-', why } = readReason(facts.name, record.value);
    const notes = [...(outcome === 'later' ? [] : [outcome]), ...(why === undefined ? [] : [why])];
    return [
      toIso(record.storedAtMs),
      facts.name ?? '-',
      facts.revision ?? '-',
      channel,
      record.place,
      notes.join(': '),
    ];
  });
  return `${formatCount(events.length, 'event')}:\n${formatTable([['TIME', 'NAME', 'REVISION', 'CHANNEL', 'PLACE', ''], ...rows])}`;
}

function list<T>(what: string, looked: OptionalLookup<T>, none: string, toText: (item: T) => string): string {
  if ('notHere' in looked) {
    return '';
  }
  if (!isList(looked)) {
    return `${what}: not known: ${toLinePart(looked.notKnown)}\n`;
  }
  return looked.length === 0
    ? `${what}: ${none}\n`
    : looked.map((item) => `${what}: ${toLinePart(toText(item))}\n`).join('');
}

/** What support wants to know first, in one sentence. */
export function evaluateHistory(life: EntityHistory): Finding {
  const { id, asked, events, period } = life;
  const name = asked === undefined ? id : `${id} (asked for as ${asked})`;
  const since = toIso(period.sinceMs);
  const until = toIso(period.untilMs);
  const last = findLast(listOf(events));
  if (last !== undefined) {
    const asOf = period.isToNow ? '' : `As of ${until}: `;
    return yes(`${asOf}${sayLast(name, last)}.${sayUnread(life)}`);
  }
  const noEvent = isList(events)
    ? `no event of it is from ${since} to ${until}`
    : `whether it has events is not known: ${events.notKnown}`;
  const [latest] = listOf(life.latest);
  if (latest !== undefined) {
    const state = `its latest state is ${describe(latest)}, ${sayTime(latest)}`;
    return yes(`${name}: ${state}; ${noEvent}.`);
  }
  const [letter] = listOf(life.deadLetters);
  if (letter !== undefined) {
    const what = `${readFacts(letter).reason}, ${sayTime(letter)}`;
    return yes(`${name} is in a dead letter: ${what}; ${noEvent}.`);
  }
  const reconciled = listOf(life.reconciled).at(-1);
  if (reconciled !== undefined) {
    return yes(`${name}: reconcile asked for its state, ${describe(reconciled)}; ${noEvent}.`);
  }
  const reasons = listParts(life).flatMap((part) => ('notKnown' in part ? [part.notKnown] : []));
  return reasons.length === 0
    ? { answer: 'no', text: `Nothing found of ${name}, from ${since} to ${until}.` }
    : {
        answer: 'not known',
        whether: `there is ${life.isOf === 'rest' ? 'more' : 'anything'} of ${name}`,
        why: [...new Set(reasons)].join('; '),
      };
}

function yes(text: string): Finding {
  return { answer: 'yes', text };
}

/** What was found is there, but it may not be the last. */
function sayUnread({ unread }: EntityHistory): string {
  return unread.length === 0 ? '' : ` It may have more events: ${toReason(unread.join(' '))}.`;
}

/** The latest by revision; without revisions the last one that was stored. */
function findLast(events: readonly HistoryEvent[]): HistoryEvent | undefined {
  return events.findLast(({ outcome }) => outcome === 'later') ?? events.at(-1);
}

function sayLast(name: string, { record, facts, outcome }: HistoryEvent): string {
  const { channel, why } = readReason(facts.name, record.value);
  const by = channel === undefined ? '' : ` by ${channel}`;
  const stored = `${describe(record)}${by}, ${sayTime(record)}`;
  if (outcome === 'own') {
    return `${name} is an event of this product, not the provider's: ${stored}`;
  }
  const ending = /\.(failed|expired)$/.exec(facts.name ?? '')?.[1];
  if (ending === undefined) {
    return `${name} is at ${stored}${why === undefined ? '' : `: ${why}`}`;
  }
  return `${name} ${ending}: ${why ?? 'its event gives no reason'}; ${stored}`;
}

/** A journal knows of what replay put back only when it was received. */
function sayTime({ storedAtMs, headers }: StoredRecord): string {
  const time = toIso(storedAtMs);
  return headers['replayed-from'] !== undefined && headers['received-at'] === time
    ? `received ${time} and put back later`
    : `stored ${time}`;
}

/** Name and revision. */
function describe(record: Parameters<typeof readFacts>[0]): string {
  const { reason, name = reason === 'erased' ? reason : 'no name', revision } = readFacts(record);
  return revision === undefined ? name : `${name} r${revision}`;
}
