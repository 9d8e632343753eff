import type { DeadLetterSource, Rejection, SinkRecord } from '../../ports/sink.ts';
import type { Share } from './share.ts';

/** One `append` call. */
export interface Ticket {
  readonly records: readonly SinkRecord[];
  /** In the time of `Clock.now`. */
  readonly deadline: number;
  readonly deadLetters: DeadLetterSource | undefined;
  readonly resolve: (rejections: readonly Rejection[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Where a record goes. */
export interface Way {
  readonly share: Share;
  /** Records with the same one go together. */
  readonly name: string;
}

/** The records of a ticket that go the same way, in order. */
export type Part = Ticket & Way;

/** The ticket is settled when its parts are, and fails with the first one that does. */
export function splitTicket(ticket: Ticket, toWay: (record: SinkRecord) => Way): readonly Part[] {
  const { records } = ticket;
  const [first] = records;
  if (first === undefined) {
    ticket.resolve([]);
    return [];
  }
  if (records.length === 1) {
    return [{ ...ticket, ...toWay(first) }];
  }
  const groups = new Map<string, { readonly way: Way; readonly indices: number[] }>();
  for (let index = 0; index < records.length; index += 1) {
    const way = toWay(records[index] as SinkRecord);
    const group = groups.get(way.name);
    if (group === undefined) {
      groups.set(way.name, { way, indices: [index] });
    } else {
      group.indices.push(index);
    }
  }
  const [only] = groups.values();
  if (only !== undefined && groups.size === 1) {
    return [{ ...ticket, ...only.way }];
  }
  const rejections: Rejection[] = [];
  let left = groups.size;
  return Array.from(groups.values(), ({ way, indices }) => ({
    ...way,
    deadline: ticket.deadline,
    records: indices.map((index) => records[index] as SinkRecord),
    deadLetters: ticket.deadLetters && pickLetters(ticket.deadLetters, indices),
    resolve(rejected) {
      rejections.push(...rejected.map((each) => ({ ...each, index: indices[each.index] as number })));
      left -= 1;
      if (left === 0) {
        ticket.resolve(rejections);
      }
    },
    reject: ticket.reject,
  }));
}

function pickLetters(deadLetters: DeadLetterSource, indices: readonly number[]): DeadLetterSource {
  return {
    deadLetterFor: (index, reason) => deadLetters.deadLetterFor(indices[index] as number, reason),
  };
}
