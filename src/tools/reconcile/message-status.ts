import type { MessageState } from '../provider/messages/message-api.ts';

/** The states of a message as the provider calls them, each with its place in the life of a message. */
const places = {
  processing: 0,
  retrying: 0,
  sent: 1,
  delivered: 2,
  failed: 2,
  expired: 2,
  filtered: 2,
  read: 3,
} as const;

export type MessageStatus = keyof typeof places;

const statuses = Object.keys(places) as MessageStatus[];
const firstFinalIndex = 2;

/** No state follows it, but `read` may. */
export function isFinal(status: MessageStatus): boolean {
  return places[status] >= firstFinalIndex;
}

/** The state that an event of this name tells; `undefined` for events that tell none, such as `interaction.click`. */
export function statusOfEvent(name: string): MessageStatus | undefined {
  return name === 'message.sentRequest'
    ? 'processing'
    : statuses.find((status) => name === `message.${status}`);
}

/**
 * What the provider says of a message, beside the last state that is stored.
 *
 * - `agrees`: it is the same
 * - `missing`: it is another one, and not an earlier one: its event is not stored
 * - `behind`: it is an earlier one
 * - `unknown`: the provider does not know the message
 * - `unclear`: it says no state, or one that is not known here
 */
export type Agreement = 'agrees' | 'missing' | 'behind' | 'unknown' | 'unclear';

/** @param said `undefined`: the provider does not know the message */
export function compareStates(
  stored: MessageStatus,
  said: Pick<MessageState, 'status'> | undefined,
): Agreement {
  if (said === undefined) {
    return 'unknown';
  }
  const status = statuses.find((each) => each === said.status);
  if (status === undefined) {
    return 'unclear';
  }
  if (places[status] > places[stored]) {
    return 'missing';
  }
  const isSame = status === stored || (places[status] === 0 && places[stored] === 0);
  return isSame ? 'agrees' : places[status] === places[stored] ? 'missing' : 'behind';
}

/** A state with the revision of its event, as one number: the higher one is the later state. */
export function toStateNumber(status: MessageStatus, revision: string | undefined): bigint {
  const known = revision !== undefined && /^\d{1,18}$/.test(revision) ? BigInt(revision) : 0n;
  return known * 16n + BigInt(statuses.indexOf(status));
}
