import { familyOf } from '../webhook/event-key.ts';

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

export function toFamilyLabel(name: string): FamilyLabel {
  const family = familyOf(name);
  return knownFamilies.find((known) => known === family) ?? 'other';
}
