/** What a server is set to, and what is wrong with it at present. Faults change it while the server runs. */
export interface Conditions {
  password: string;
  appendOnly: boolean;
  appendFsync: 'always' | 'everysec' | 'no';
  maxMemoryBytes: number;
  evictionPolicy: string;
  /** Replicas that it demands itself before it writes. */
  minReplicas: number;
  /** Commands that this user may not use; upper case. */
  denied: ReadonlySet<string>;
  isMemoryFull: boolean;
  /** Writes to the file fail. */
  isDiskFull: boolean;
  /** A sync that begins now does not end before this is over. */
  isDiskStuck: boolean;
  /** A script runs, and does not end. */
  isBusy: boolean;
  /** All places for clients are taken. */
  isCrowded: boolean;
}

export function createConditions(changes: Partial<Conditions> = {}): Conditions {
  return {
    password: '',
    appendOnly: true,
    appendFsync: 'everysec',
    maxMemoryBytes: 0,
    evictionPolicy: 'noeviction',
    minReplicas: 0,
    denied: new Set(),
    isMemoryFull: false,
    isDiskFull: false,
    isDiskStuck: false,
    isBusy: false,
    isCrowded: false,
    ...changes,
  };
}
