import { describeError } from '../../runtime/errors.ts';
import { toLinePart } from '../../runtime/foreign-text.ts';
import { toIso } from '../../runtime/format.ts';
import type { MessageApi, MessageState } from '../provider/messages/message-api.ts';
import type { Life, LifeEvent } from '../records/record-life.ts';
import {
  type Agreement,
  compareStates,
  isOfSentMessage,
  statusOfEvent,
  toStateNumber,
} from './message-status.ts';

/** The event with the last state that is stored. */
interface StoredState {
  readonly name: string;
  readonly revision: string | undefined;
}

/** What the provider says of a message, and whether it is what is stored last; or why that is not known, as a sentence. */
export type MessageView =
  | {
      readonly said: MessageState | undefined;
      readonly agreement: Agreement;
      /** `undefined`: none is stored. */
      readonly stored: StoredState | undefined;
    }
  | { readonly notKnown: string };

/** Never rejects: what is stored is an answer by itself. */
export async function viewMessage(
  { id, events }: Pick<Life, 'id' | 'events'>,
  findMessage: MessageApi['findMessage'],
): Promise<MessageView> {
  const stored = 'notKnown' in events ? [] : events;
  if (stored.length > 0 && !stored.some(({ facts }) => isOfSentMessage(facts.name ?? ''))) {
    return { notKnown: 'it is no message that was sent' };
  }
  const last = findLastState(stored);
  try {
    const said = await findMessage(id);
    const agreement =
      'notKnown' in events && said !== undefined ? 'unclear' : compareStates(last?.status, said);
    return { said, agreement, stored: last };
  } catch (error) {
    return { notKnown: describeError(error).replace(/\.$/, '') };
  }
}

function findLastState(events: readonly LifeEvent[]) {
  const states = events.flatMap(({ facts: { name = '', revision } }) => {
    const status = statusOfEvent(name);
    return status === undefined ? [] : [{ name, revision, status, number: toStateNumber(status, revision) }];
  });
  return states.toSorted((a, b) => (a.number < b.number ? -1 : 1)).at(-1);
}

/** For programs. */
export function toViewJson(view: MessageView): object {
  if ('notKnown' in view) {
    return view;
  }
  const { said, agreement, stored } = view;
  return {
    status: said?.status,
    updated: said?.updatedMs === undefined ? undefined : toIso(said.updatedMs),
    agreement,
    stored: stored && { name: stored.name, revision: stored.revision },
  };
}

/** One line. */
export function formatView(view: MessageView): string {
  if ('notKnown' in view) {
    return `the provider: not known: ${toLinePart(view.notKnown)}\n`;
  }
  const { said, agreement, stored } = view;
  const updated = said?.updatedMs === undefined ? '' : `, updated ${toIso(said.updatedMs)}`;
  // A status that is new is whatever somebody wrote.
  const status =
    agreement === 'unclear' ? JSON.stringify(said?.status ?? 'no state').slice(0, 100) : said?.status;
  // Of what nothing is stored, nobody knows whether it is the id of a message: that of an event cannot be asked for.
  const unknown = 'knows no message with this id';
  const text = said === undefined ? unknown : `${status}${updated}`;
  const isOnlyAsked = said === undefined && stored === undefined;
  const meaning = isOnlyAsked ? 'by the id of an event it cannot be asked' : explain(agreement, stored);
  return `${toLinePart(`the provider: ${text}: ${meaning}`)}\n`;
}

function explain(agreement: Agreement, stored: StoredState | undefined): string {
  const revision = stored?.revision === undefined ? '' : ` r${stored.revision}`;
  const last = stored === undefined ? 'there is none' : `the last is ${stored.name}${revision}`;
  switch (agreement) {
    case 'agrees':
      return `agrees with what is stored, ${last}`;
    case 'missing':
      return `its event is not among those looked at, ${last}`;
    case 'behind':
      return `what is stored is later, ${last}`;
    case 'unclear':
    case 'unknown':
      return `of the stored states ${last}`;
  }
}
