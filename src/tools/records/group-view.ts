import type { GroupStand } from '../../ports/group-stand.ts';
import type { PlacedRecord } from '../../ports/record-reader.ts';
import { describeError, UsageError } from '../../runtime/errors.ts';
import { toLinePart } from '../../runtime/foreign-text.ts';
import { formatCount } from '../../runtime/format.ts';
import { type Life, type Looked, listOf } from './record-life.ts';

/** Where a consumer group stands beside each event of a life, in their order. */
export interface GroupView {
  readonly group: string;
  readonly stands: Looked<GroupStand>;
}

/** Rejects only for a wrong use: the life is an answer without it. */
export async function viewGroup(
  { events }: Pick<Life, 'events'>,
  group: string,
  readGroup: (group: string, records: readonly PlacedRecord[]) => Promise<readonly GroupStand[]>,
): Promise<GroupView> {
  const records = listOf(events).map(({ record }) => record);
  if (records.length === 0) {
    return { group, stands: { notKnown: 'there is no event that it could have passed' } };
  }
  try {
    return { group, stands: await readGroup(group, records) };
  } catch (error) {
    if (error instanceof UsageError) {
      throw error;
    }
    return { group, stands: { notKnown: describeError(error).replace(/\.$/, '') } };
  }
}

const words: Readonly<Record<GroupStand['kind'], string>> = {
  passed: 'has passed',
  delivered: 'has, and has not acknowledged,',
  waits: 'has not come to',
  'no-position': 'has no position at',
};

/** One line: what is not passed comes first, because it is what somebody asks for. */
export function formatGroup({ group, stands }: GroupView): string {
  if ('notKnown' in stands) {
    return `${toLinePart(`the group ${group}: not known: ${stands.notKnown}`)}\n`;
  }
  const said = stands.find(({ kind }) => kind !== 'passed') ?? stands.at(-1);
  if (said === undefined) {
    return '';
  }
  const { length } = stands.filter(({ kind }) => kind === said.kind);
  const all = formatCount(stands.length, 'event');
  const which =
    length === stands.length ? (length === 1 ? 'its event' : `all ${all}`) : `${length} of ${all}`;
  return `${toLinePart(`the group ${group} ${words[said.kind]} ${which}: ${said.detail}`)}\n`;
}
