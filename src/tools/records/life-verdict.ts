import { toIso } from '../../runtime/format.ts';
import { readReason } from './event-reason.ts';
import { isKnown, type Life, listOf } from './life.ts';
import { readFacts } from './record-facts.ts';
import type { LifeEvent } from './record-life.ts';

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
export function describe(record: Parameters<typeof readFacts>[0]): string {
  const { reason, name = reason === 'erased' ? reason : 'no name', revision } = readFacts(record);
  return revision === undefined ? name : `${name} r${revision}`;
}
