import { formatId } from '../entry-id.ts';
import { type Keyspace, readHash, readStream, type StreamEntry } from '../keyspace.ts';

export interface FilterNames {
  readonly streams: readonly string[];
  readonly group: string;
  /** Before the key of an entity. */
  readonly latest: string;
  readonly deadLetters: string;
  /** The state of this entity has its name no more, and never will: its entries wait. */
  readonly gone?: string;
}

const fieldsOf = ({ fields }: StreamEntry): ReadonlyMap<string, string> =>
  new Map(
    fields.flatMap((name, index) => (index % 2 === 0 ? [[name, fields[index + 1] ?? ''] as const] : [])),
  );

/** What keeps a group from being done with its streams; `undefined` when nothing does. */
export function findRemainder(data: Keyspace, { streams, group, gone }: FilterNames): string | undefined {
  for (const stream of streams) {
    const read = data.get(stream)?.kind === 'string' ? undefined : readStream(data, stream);
    const { pending, lastId } = read?.groups.get(group) ?? {};
    const last = read?.entries.at(-1)?.id;
    if (pending === undefined) {
      return `${stream} has no group`;
    }
    const isGone = new Set(
      read?.entries.filter((entry) => fieldsOf(entry).get('key') === gone).map(({ id }) => formatId(id)),
    );
    const waiting = [...pending.keys()].filter((id) => !isGone.has(id));
    if (waiting.length > 0) {
      return `${waiting.length} entries of ${stream} are not acknowledged`;
    }
    if (last !== undefined && formatId(last) !== formatId(lastId ?? [0, 0])) {
      return `${stream} is read up to ${formatId(lastId ?? [0, 0])} of ${formatId(last)}`;
    }
  }
  return undefined;
}

/** What is wrong with the states and dead letters of streams that a group is done with. */
export function judgeStates(data: Keyspace, names: FilterNames): readonly string[] {
  const entries = names.streams.flatMap((stream) => readStream(data, stream)?.entries ?? []);
  const events = entries.map(fieldsOf).filter((fields) => fields.has('ce_id'));
  const byEntity = Map.groupBy(events, (fields) => fields.get('key') ?? '');
  return [
    ...[...byEntity]
      .filter(([entity]) => entity !== names.gone)
      .flatMap(([entity, own]) => judgeEntity(data, `${names.latest}:${entity}`, own)),
    ...judgeDeadLetters(data, names, entries),
  ];
}

function judgeEntity(data: Keyspace, key: string, events: readonly ReadonlyMap<string, string>[]): string[] {
  const state = readHash(data, key, Number.NEGATIVE_INFINITY)?.fields;
  const revisions = events.flatMap((fields) => fields.get('revision') ?? []).map(BigInt);
  const highest = revisions.toSorted((one, other) => (one < other ? -1 : 1)).at(-1) ?? -1n;
  const found = state?.get('revision');
  if (state === undefined || (found === undefined ? -1n : BigInt(found)) !== highest) {
    return [`${key} has revision ${found ?? 'none'} instead of ${highest}`];
  }
  // Of several with the highest revision any may have been the first; one without a revision is the state whenever it comes.
  const { revision: _own, ...others } = Object.fromEntries(state);
  const isOne = events.some((fields) => {
    const { revision, ...expected } = Object.fromEntries(fields);
    const isPossible = revision === undefined || BigInt(revision) === highest;
    return isPossible && JSON.stringify(sorted(expected)) === JSON.stringify(sorted(others));
  });
  return isOne
    ? []
    : [`${key} has the fields of no event with revision ${highest}: ${JSON.stringify(others)}`];
}

const sorted = (fields: Readonly<Record<string, string>>) =>
  Object.entries(fields).toSorted(([one], [other]) => one.localeCompare(other));

/** One for each entry that is no event. */
function judgeDeadLetters(
  data: Keyspace,
  { deadLetters }: FilterNames,
  entries: readonly StreamEntry[],
): string[] {
  const expected = entries.filter((entry) => !fieldsOf(entry).has('ce_id')).map(({ id }) => formatId(id));
  const found = (readStream(data, deadLetters)?.entries ?? []).map(
    (entry) => fieldsOf(entry).get('source-offset') ?? 'none',
  );
  return expected.toSorted().join() === found.toSorted().join()
    ? []
    : [`${found.length} dead letters for ${expected.length} entries: ${found.join()} for ${expected.join()}`];
}
