import type { Attack } from './attack.ts';
import { quickBadClients, slowBadClients } from './bad-clients.ts';
import { createSmugglingAttacks } from './smuggling.ts';
import { createUnreadBodyAttacks } from './unread-bodies.ts';

export const quickAttacks: readonly Attack[] = [
  ...createSmugglingAttacks(),
  ...createUnreadBodyAttacks(),
  ...quickBadClients,
];

export const slowAttacks = slowBadClients;
