import type { PlacedRecord } from '../../ports/record-reader.ts';
import { toLinePart } from '../../runtime/foreign-text.ts';
import { formatCount, toIso } from '../../runtime/format.ts';
import { readReason } from './event-reason.ts';
import { readFacts } from './record-facts.ts';
import { isEmpty, isKnown, type Life, type LifeEvent, type Looked, listOf } from './record-life.ts';

/** For programs: the same, without what the events say but channel and reason. */
export function toLifeJson(life: Life): object {
  const { id, asked, sinceMs, untilMs, lookedAt } = life;
  return {
    id,
    asked,
    verdict: sayVerdict(life),
    since: toIso(sinceMs),
    until: toIso(untilMs),
    lookedAt,
    events: toList(life.events, ({ record, facts, outcome }) => ({
      ...toRow(record),
      outcome,
      ...readReason(facts.name, record.value),
    })),
    latest: toList(life.latest, toRow),
    deadLetters: toList(life.deadLetters, toRow),
    spooled: toList(life.spooled, toFactsRow),
    reconciled: toList(life.reconciled, toRow),
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

interface LifeStyle {
  /** Columns as wide as their widest cell. */
  readonly formatTable: (rows: readonly (readonly string[])[]) => string;
  /** Lines of what is known from elsewhere. */
  readonly elsewhere: string;
}

/** The verdict first, in one sentence; what it was read from below it. */
export function formatLife(life: Life, { formatTable, elsewhere }: LifeStyle): string {
  const { events, latest, deadLetters, spooled, reconciled, lookedAt, sinceMs, untilMs } = life;
  const looked = lookedAt.map((part) => `  ${toLinePart(part)}\n`).join('');
  const verdict = `${toLinePart(sayVerdict(life))}\n`;
  const sentence = (record: PlacedRecord) =>
    `${describe(record)}, ${toIso(record.storedAtMs)}, ${record.place}`;
  const none = isEmpty(life);
  return [
    verdict,
    describeEvents(events, formatTable),
    list('latest state', latest, 'none: the revision filter has not seen it, or has forgotten it', sentence),
    list('dead letters', deadLetters, 'none', (record) => `${sentence(record)}, ${readFacts(record).reason}`),
    list('in the spool', spooled, 'nothing', (record) => `${record.topic}, ${describe(record)}, waits`),
    list('asked for by reconcile', reconciled, 'nothing', sentence),
    elsewhere,
    ...(none
      ? ['refused deliveries: not known: nothing of them is stored, see the log of the receiver\n']
      : []),
    `looked at, from ${toIso(sinceMs)} to ${toIso(untilMs)}:\n${looked || '  nothing\n'}`,
  ].join('');
}

function describeEvents(events: Life['events'], formatTable: LifeStyle['formatTable']): string {
  if ('notKnown' in events || events.length === 0) {
    return list('events', events, 'none', () => '');
  }
  const rows = events.map(({ record, facts, outcome }: LifeEvent) => {
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

function list<T>(what: string, looked: Looked<T>, none: string, toText: (item: T) => string): string {
  if ('notKnown' in looked) {
    return `${what}: not known: ${toLinePart(looked.notKnown)}\n`;
  }
  return looked.length === 0
    ? `${what}: ${none}\n`
    : looked.map((item) => `${what}: ${toLinePart(toText(item))}\n`).join('');
}

/** What support wants to know first, in one sentence. */
export function sayVerdict(life: Life): string {
  const { id, asked, events } = life;
  const name = asked === undefined ? id : `${id} (asked for as ${asked})`;
  const last = findLast(listOf(events));
  if (last !== undefined) {
    return sayLast(name, last);
  }
  const [latest] = listOf(life.latest);
  const since = toIso(life.sinceMs);
  if (latest !== undefined) {
    const why = 'notKnown' in events ? 'its events cannot be searched' : `it has no event since ${since}`;
    return `${name}: ${why}; its latest state is ${describe(latest)}, stored ${toIso(latest.storedAtMs)}.`;
  }
  const [waiting] = listOf(life.spooled);
  if (waiting !== undefined) {
    return `${name} waits in the spool: the store has not taken it yet.`;
  }
  const [letter] = listOf(life.deadLetters);
  if (letter !== undefined) {
    return `${name} is in a dead letter only: ${readFacts(letter).reason}, stored ${toIso(letter.storedAtMs)}.`;
  }
  const reconciled = listOf(life.reconciled).at(-1);
  if (reconciled !== undefined) {
    return `${name} has no event since ${since}: reconcile asked for its state, ${describe(reconciled)}.`;
  }
  return isKnown(life)
    ? `Nothing found of ${name}, from ${since} to ${toIso(life.untilMs)}.`
    : `Not known whether there is anything of ${name}: ${whyNot(life)}.`;
}

function whyNot({ events, deadLetters }: Life): string {
  return [events, deadLetters].flatMap((each) => ('notKnown' in each ? [each.notKnown] : [])).join('; ');
}

/** The latest by revision; without revisions the last one that was stored. */
function findLast(events: readonly LifeEvent[]): LifeEvent | undefined {
  return events.findLast(({ outcome }) => outcome === 'later') ?? events.at(-1);
}

function sayLast(name: string, { record, facts, outcome }: LifeEvent): string {
  const { channel, why } = readReason(facts.name, record.value);
  const by = channel === undefined ? '' : ` by ${channel}`;
  const stored = `${describe(record)}${by}, stored ${toIso(record.storedAtMs)}`;
  if (outcome === 'own') {
    return `${name} is an event of this product, not the provider's: ${stored}.`;
  }
  const ending = /\.(failed|expired)$/.exec(facts.name ?? '')?.[1];
  if (ending === undefined) {
    return `${name} is at ${stored}${why === undefined ? '' : `: ${why}`}.`;
  }
  return `${name} ${ending}: ${why ?? 'its event gives no reason'}; ${stored}.`;
}

/** Name and revision. */
function describe(record: Parameters<typeof readFacts>[0]): string {
  const { reason, name = reason === 'erased' ? reason : 'no name', revision } = readFacts(record);
  return revision === undefined ? name : `${name} r${revision}`;
}
