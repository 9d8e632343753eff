import type { Conditions } from '../conditions.ts';
import { type ApplyFault, long, type RedisFaultKind, short } from './fault-kind.ts';
import { takeName } from './name-taken.ts';

/** Of what it is set to, or has too little of. */
export const conditionFaults: Readonly<Record<string, RedisFaultKind>> = {
  'memory full': { forMs: long, apply: set({ isMemoryFull: true }) },
  'disk full': { forMs: long, apply: set({ isDiskFull: true }) },
  'disk stuck': { forMs: long, apply: set({ isDiskStuck: true }) },
  'never synced': { forMs: long, apply: set({ appendFsync: 'no' }) },
  eviction: { forMs: long, apply: set({ maxMemoryBytes: 100_000_000, evictionPolicy: 'allkeys-lru' }) },
  'other password': { forMs: long, apply: set({ password: 'another' }) },
  'replicas demanded': { forMs: long, apply: set({ minReplicas: 2 }) },
  busy: { forMs: short, apply: set({ isBusy: true }) },
  rights: {
    forMs: long,
    amount: [0, 6],
    apply: (place, fault) => set({ denied: new Set(deniedCommands[fault.amount ?? 0]) })(place, fault),
  },
  crowded: {
    forMs: long,
    apply(place, fault) {
      const heal = set({ isCrowded: true })(place, fault);
      place.network.link(place.address).cut('reset');
      return heal;
    },
  },
  'name taken': { forMs: long, apply: (place) => takeName(place, place.stream) },
  clock: {
    forMs: long,
    amount: [-30_000, 30_000],
    apply({ world }, { amount = 0 }) {
      world.setClock(amount);
      return () => world.setClock(-amount);
    },
  },
};

const deniedCommands: readonly (readonly string[])[] = [
  ['XADD'],
  ['WAITAOF'],
  ['INFO'],
  ['CONFIG'],
  ['INFO', 'CONFIG'],
  ['EXEC'],
  ['XADD', 'WAITAOF', 'INFO', 'CONFIG', 'XLEN', 'EXISTS', 'SELECT'],
];

/** Sets something on the primary of that moment, and back to what the round began with. */
function set(changes: Partial<Conditions>): ApplyFault {
  return ({ service }) => {
    const node = service.primary();
    const names = Object.keys(changes) as (keyof Conditions)[];
    Object.assign(node.conditions, changes);
    return () => {
      Object.assign(
        node.conditions,
        Object.fromEntries(names.map((name) => [name, service.conditions[name]])),
      );
      node.serve();
    };
  };
}
