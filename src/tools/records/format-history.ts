import type { StoredRecord } from '../../ports/record-reader.ts';
import { type Finding, removeFullStop, toConclusion } from '../../runtime/finding.ts';
import { formatCount, toIso } from '../../runtime/format.ts';
import { toSingleLineText } from '../../runtime/untrusted-text.ts';
import {
  type EntityHistory,
  findDeadLetterState,
  type HistoryEvent,
  isFoundList,
  listFound,
  listLookups,
  type OptionalLookup,
} from './entity-history.ts';
import { readReason } from './event-reason.ts';
import { readFacts } from './record-facts.ts';

/** Formats a history as JSON. It includes the channel and the reason of each event, but no other content. */
export function toHistoryJson(history: EntityHistory): object {
  const { id, requestedId, period, lookedAt } = history;
  return {
    id,
    asked: requestedId,
    verdict: toConclusion(evaluateHistory(history)).text,
    since: toIso(period.sinceMs),
    until: toIso(period.untilMs),
    lookedAt,
    events: toJsonList(history.events, ({ record, facts, outcome }) => ({
      ...toRecordJson(record),
      outcome,
      ...readReason(facts.name, record.value),
      replayedFrom: record.headers['replayed-from'],
    })),
    latest: toJsonList(history.latest, toRecordJson),
    deadLetters: toJsonList(history.deadLetters, (letter) => {
      const { isReplayed, records } = findDeadLetterState(history, letter);
      const [first] = records;
      return {
        ...toRecordJson(letter),
        replayed: isReplayed,
        replayedAt: first && hasStoredTime(first) ? toIso(first.storedAtMs) : undefined,
        replayedTo: records.length === 0 ? undefined : records.map(({ place }) => place),
      };
    }),
    reconciled: toJsonList(history.reconciled, toRecordJson),
  };
}

function toJsonList<T>(lookup: OptionalLookup<T>, toMember: (item: T) => object): object {
  if ('unavailable' in lookup) {
    return { notKnown: lookup.unavailable };
  }
  return isFoundList(lookup) ? lookup.map(toMember) : lookup;
}

function toRecordJson(record: StoredRecord): object {
  const { storedAtMs, place } = record;
  return { time: toIso(storedAtMs), place, ...toFactsJson(record) };
}

function toFactsJson(record: Pick<StoredRecord, 'topic' | 'key' | 'headers' | 'value'>): object {
  const { topic, key, headers } = record;
  return { topic, key, ...readFacts(record), receivedAt: headers['received-at'] };
}

type FormatTable = (rows: readonly (readonly string[])[]) => string;

/** Formats a history for a person, with the verdict first and then the records on which the verdict is based. */
export function formatHistory(history: EntityHistory, formatTable: FormatTable): string {
  const { events, latest, deadLetters, reconciled, lookedAt, period } = history;
  const searchedPartsText = lookedAt.map((part) => `  ${toSingleLineText(part)}\n`).join('');
  const describeRecord = (record: StoredRecord) =>
    `${describeEvent(record)}, ${describeTime(record)}, ${record.place}`;
  const isEmptyHistory = listLookups(history).every((part) => listFound<unknown>(part).length === 0);
  return [
    `${toSingleLineText(toConclusion(evaluateHistory(history)).text)}\n`,
    describeEvents(events, formatTable),
    formatList('latest state', latest, describeMissingState(history), describeRecord),
    formatList('dead letters', deadLetters, 'none', (letter) =>
      [describeRecord(letter), readFacts(letter).reason, ...describeReplay(history, letter)].join(', '),
    ),
    formatList('reconciled state', reconciled, 'none', describeRecord),
    ...(isEmptyHistory ? ["Rejected deliveries are not stored. Search the receiver's log for them.\n"] : []),
    `Searched from ${toIso(period.sinceMs)} to ${toIso(period.untilMs)}:\n${searchedPartsText || '  nothing\n'}`,
  ].join('');
}

/** A search by key finds states of any age, but a search by value finds only states before the end of the period. */
function describeMissingState({ isOf, period }: EntityHistory): string {
  return isOf === 'key'
    ? 'none (the revision filter has not written it yet, or it has expired)'
    : `${isOf === 'rest' ? 'no other state' : 'none'} before ${toIso(period.untilMs)}`;
}

function describeEvents(events: EntityHistory['events'], formatTable: FormatTable): string {
  if (!isFoundList(events) || events.length === 0) {
    return formatList('events', events, 'none', () => '');
  }
  const hasReceiptTimes = events.some(({ record }) => findReceiptTime(record) !== undefined);
  const rows = events.map(({ record, facts, outcome }: HistoryEvent) => {
    const { channel = '-', why } = readReason(facts.name, record.value);
    const replayedPosition = record.headers['replayed-from'];
    const notes = [
      ...(outcome === 'later' ? [] : [outcome]),
      ...(why === undefined ? [] : [why]),
      ...(replayedPosition === undefined ? [] : [`replayed from ${replayedPosition}`]),
    ];
    return [
      toIso(record.storedAtMs),
      ...(hasReceiptTimes ? [findReceiptTime(record) ?? ''] : []),
      facts.name ?? '-',
      facts.revision ?? '-',
      channel,
      record.place,
      notes.join(': '),
    ];
  });
  const timeColumns = hasReceiptTimes ? ['STORED', 'RECEIVED'] : ['TIME'];
  return `${formatCount(events.length, 'event')}:\n${formatTable([[...timeColumns, 'NAME', 'REVISION', 'CHANNEL', 'POSITION', ''], ...rows])}`;
}

/** Describes whether and when a dead letter was replayed. */
function describeReplay(history: EntityHistory, letter: StoredRecord): string[] {
  const { isReplayed, records } = findDeadLetterState(history, letter);
  const [first] = records;
  if (first !== undefined) {
    const time = hasStoredTime(first) ? ` at ${toIso(first.storedAtMs)}` : '';
    return [`replayed${time} to ${records.map(({ place }) => place).join(' and ')}`];
  }
  if (isReplayed !== undefined) {
    return [isReplayed ? 'replayed, but the event was not found' : 'not replayed'];
  }
  const { replayed } = history;
  return replayed !== undefined && 'notKnown' in replayed
    ? [`unknown whether it was replayed (${replayed.notKnown})`]
    : [];
}

/** Formats one line for each record, or one line with the reason why there is none. */
function formatList<T>(
  label: string,
  lookup: OptionalLookup<T>,
  none: string,
  toText: (item: T) => string,
): string {
  if ('unavailable' in lookup) {
    return `${label}: not available (${toSingleLineText(lookup.unavailable)})\n`;
  }
  if (!isFoundList(lookup)) {
    return `${label}: unknown (${toSingleLineText(lookup.notKnown)})\n`;
  }
  return lookup.length === 0
    ? `${label}: ${none}\n`
    : lookup.map((item) => `${label}: ${toSingleLineText(toText(item))}\n`).join('');
}

/** Reports the current state of the entity, or that no records were found. */
export function evaluateHistory(history: EntityHistory): Finding {
  const { id, requestedId, events, period } = history;
  const name = requestedId === undefined ? id : `${id} (found by ${requestedId})`;
  const sinceText = toIso(period.sinceMs);
  const untilText = toIso(period.untilMs);
  const lastEvent = findDecisiveEvent(listFound(events));
  if (lastEvent !== undefined) {
    const asOfText = period.isToNow ? '' : `As of ${untilText}: `;
    return createPositiveFinding(
      `${asOfText}${describeLastEvent(name, lastEvent)}${describeSkipped(history)}`,
    );
  }
  const noEventText = isFoundList(events)
    ? `No event was stored from ${sinceText} to ${untilText}.`
    : `Cannot tell whether there are events: ${events.notKnown}.`;
  const [latest] = listFound(history.latest);
  if (latest !== undefined) {
    return createPositiveFinding(
      `${name}: the latest state is ${describeEvent(latest)}, ${describeTime(latest)}. ${noEventText}`,
    );
  }
  const [letter] = listFound(history.deadLetters);
  if (letter !== undefined) {
    const { reason } = readFacts(letter);
    const facts = `${reason}, ${describeTime(letter)}`;
    return createPositiveFinding(
      findDeadLetterState(history, letter).isReplayed === true
        ? `${name} was in a dead letter, which was replayed: ${facts}. ${noEventText}`
        : `${name} is in a dead letter: ${facts}. ${noEventText}`,
    );
  }
  const reconciledRecord = listFound(history.reconciled).at(-1);
  if (reconciledRecord !== undefined) {
    return createPositiveFinding(
      `${name}: "reconcile" found the state ${describeEvent(reconciledRecord)} at the provider. ${noEventText}`,
    );
  }
  const reasons = listLookups(history).flatMap((part) => ('notKnown' in part ? [part.notKnown] : []));
  if (reasons.length === 0) {
    return { answer: 'no', text: `Nothing was found about ${name} from ${sinceText} to ${untilText}.` };
  }
  const query =
    history.isOf === 'rest'
      ? `Cannot tell whether more is stored about ${name}`
      : `Cannot tell whether anything is stored about ${name}`;
  return { answer: 'not known', text: `${query}: ${[...new Set(reasons)].join('; ')}.` };
}

function createPositiveFinding(text: string): Finding {
  return { answer: 'yes', text };
}

/** Warns that more events may exist if some events could not be read. */
function describeSkipped({ skipped }: EntityHistory): string {
  return skipped.length === 0 ? '' : ` There may be more events: ${removeFullStop(skipped.join(' '))}.`;
}

/** Finds the event with the highest revision or, without revisions, the event that was stored last. */
function findDecisiveEvent(events: readonly HistoryEvent[]): HistoryEvent | undefined {
  return events.findLast(({ outcome }) => outcome === 'later') ?? events.at(-1);
}

function describeLastEvent(name: string, { record, facts, outcome }: HistoryEvent): string {
  const { channel, why } = readReason(facts.name, record.value);
  const by = channel === undefined ? '' : ` by ${channel}`;
  const event = `${describeEvent(record)}${by}, ${describeTime(record)}`;
  if (outcome === 'own') {
    return `${name} is a test event of this product, not a provider event: ${event}.`;
  }
  const finalState = /\.(failed|expired)$/.exec(facts.name ?? '')?.[1];
  if (finalState === undefined) {
    return `${name}: the latest event is ${event}${why === undefined ? '' : `: ${why}`}.`;
  }
  return why === undefined
    ? `${name} ${finalState}, and the event gives no reason. The latest event is ${event}.`
    : `${name} ${finalState}: ${why}. The latest event is ${event}.`;
}

/**
 * Describes when a record was stored. If the record was received more than a second earlier, also describes when it was
 * received.
 */
function describeTime(record: StoredRecord): string {
  const time = toIso(record.storedAtMs);
  if (!hasStoredTime(record)) {
    return `received ${time} and replayed later`;
  }
  const receiptTime = findReceiptTime(record);
  return receiptTime === undefined ? `stored ${time}` : `received ${receiptTime}, stored ${time}`;
}

/** Whether the time of storage is known. For a replayed record, a journal knows only when the event was received. */
function hasStoredTime({ storedAtMs, headers }: StoredRecord): boolean {
  return headers['replayed-from'] === undefined || headers['received-at'] !== toIso(storedAtMs);
}

const maxUsualDelayMs = 1_000;

/**
 * Returns the receipt time of a record in ISO 8601, or `undefined` if it differs from the storage time by at most a
 * second.
 */
function findReceiptTime({ storedAtMs, headers }: StoredRecord): string | undefined {
  const receivedMs = Date.parse(headers['received-at'] ?? '');
  return Math.abs(storedAtMs - receivedMs) > maxUsualDelayMs ? toIso(receivedMs) : undefined;
}

function describeEvent(record: Parameters<typeof readFacts>[0]): string {
  const { reason, name = reason === 'erased' ? reason : 'no name', revision } = readFacts(record);
  return revision === undefined ? name : `${name} r${revision}`;
}
