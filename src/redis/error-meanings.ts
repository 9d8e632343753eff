import type { LaneFailure } from '../append/lane-store.ts';
import type { RedisErrorKind } from './redis-error.ts';

interface Meaning {
  /** `deny`: it does not pass by itself. */
  readonly action: 'retry' | 'deny' | 'reject';
  /** Why the connection must not be used again: it may not lead to a primary that keeps its promise any more. */
  readonly failure?: LaneFailure;
}

/** What to do about records that were not stored. */
export const errorMeanings: Readonly<Record<RedisErrorKind, Meaning>> = {
  connection: { action: 'retry', failure: 'connection' },
  timeout: { action: 'retry', failure: 'timeout' },
  login: { action: 'retry', failure: 'authentication' },
  role: { action: 'retry', failure: 'protocol' },
  busy: { action: 'retry', failure: 'protocol' },
  unsynced: { action: 'retry', failure: 'timeout' },
  // The next connection is examined before it gets records: what this one got is not stored over and over.
  unconfirmed: { action: 'retry', failure: 'protocol' },
  answer: { action: 'retry', failure: 'answer_check' },
  memory: { action: 'retry' },
  disk: { action: 'retry' },
  server: { action: 'retry' },
  rights: { action: 'deny' },
  type: { action: 'deny' },
  // The server ends the connection after this error.
  too_large: { action: 'reject', failure: 'protocol' },
};
