import { familyOf } from '../webhook/event-key.ts';

export const filterOutcomes = [
  'forwarded',
  'obsolete',
  'duplicate',
  'untracked',
  'dead_lettered',
  'own',
] as const;

/** What became of an event. */
export type FilterOutcome = (typeof filterOutcomes)[number];

/** Families of event names that are labels of metrics. The provider has more, but the set of labels must stay closed. */
const knownFamilies = [
  'message',
  'interaction',
  'profile',
  'chat',
  'chatMessage',
  'conversation',
  'conversationMessage',
] as const;

export const familyLabels = [...knownFamilies, 'other'] as const;

export type FamilyLabel = (typeof familyLabels)[number];

/** Events by what became of them, and by their family. */
export type OutcomeCounts = Map<FilterOutcome, Map<FamilyLabel, number>>;

/** @param change −1 for an event that was counted too early */
export function countOutcome(counts: OutcomeCounts, outcome: FilterOutcome, name: string, change = 1): void {
  const family = toFamilyLabel(name);
  const byFamily = counts.get(outcome) ?? new Map<FamilyLabel, number>();
  counts.set(outcome, byFamily.set(family, (byFamily.get(family) ?? 0) + change));
}

export function toFamilyLabel(name: string): FamilyLabel {
  const family = familyOf(name);
  return knownFamilies.find((known) => known === family) ?? 'other';
}
