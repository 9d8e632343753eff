import type { MessageState } from '../provider/messages/message-api.ts';

/** The provider's states of a message, each with its rank in the life cycle of a message. */
const statusRanks = {
  processing: 0,
  retrying: 0,
  sent: 1,
  delivered: 2,
  failed: 2,
  expired: 2,
  filtered: 2,
  read: 3,
} as const;

export type MessageStatus = keyof typeof statusRanks;

const statuses = Object.keys(statusRanks) as MessageStatus[];
const lowestFinalRank = 2;

/** Whether no state except `read` can follow. */
export function isFinal(status: MessageStatus): boolean {
  return statusRanks[status] >= lowestFinalRank;
}

/** Returns the state that an event with this name reports; `undefined` for other events, such as `interaction.click`. */
export function findEventStatus(name: string): MessageStatus | undefined {
  return name === 'message.sentRequest'
    ? 'processing'
    : statuses.find((status) => name === `message.${status}`);
}

/**
 * How the provider's state of a message compares with the last stored state.
 *
 * - `agrees`: both states are the same
 * - `missing`: the provider's state differs and is not earlier, so its event is not stored
 * - `behind`: the provider's state is earlier
 * - `unknown`: the provider does not know the message
 * - `unclear`: the provider reports no state, or an unknown one
 */
export type StateAgreement = 'agrees' | 'missing' | 'behind' | 'unknown' | 'unclear';

/** Compares two states. @param reported `undefined` if the provider does not know the message */
export function compareStates(
  stored: MessageStatus,
  reported: Pick<MessageState, 'status'> | undefined,
): StateAgreement {
  if (reported === undefined) {
    return 'unknown';
  }
  const status = statuses.find((each) => each === reported.status);
  if (status === undefined) {
    return 'unclear';
  }
  if (statusRanks[status] > statusRanks[stored]) {
    return 'missing';
  }
  const isSameStatus = status === stored || (statusRanks[status] === 0 && statusRanks[stored] === 0);
  return isSameStatus ? 'agrees' : statusRanks[status] === statusRanks[stored] ? 'missing' : 'behind';
}

/** Combines a state and the revision of its event into one number. A newer state has a higher number. */
export function toStateNumber(status: MessageStatus, revision: string | undefined): bigint {
  const knownRevision = revision !== undefined && /^\d{1,18}$/.test(revision) ? BigInt(revision) : 0n;
  return knownRevision * 16n + BigInt(statuses.indexOf(status));
}
