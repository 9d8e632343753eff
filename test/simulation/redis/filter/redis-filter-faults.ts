import { lastingMs } from '../../faults/schedule-faults.ts';
import type { FilterPlace } from '../../filter/filter-process.ts';
import type { Fault, FaultSpan } from '../../scenario.ts';
import type { Random } from '../../world/random.ts';
import { long, nothing, type RedisFaultKind, type RedisPlace } from '../faults/fault-kind.ts';
import { takeName } from '../faults/name-taken.ts';
import { planFaults, redisFaults } from '../faults/redis-faults.ts';

/** What faults of filters on a Redis happen to. */
export interface FilterFaultPlace extends RedisPlace {
  readonly places: readonly FilterPlace[];
  /** A state whose name something else may take. */
  readonly state: string;
}

interface FilterFaultKind extends Omit<RedisFaultKind, 'apply'> {
  readonly apply: (place: FilterFaultPlace, fault: Fault) => () => void;
}

const nameTaken = 'name of a state taken';

const choose = ({ places }: FilterFaultPlace, { amount = 0 }: Fault) => places[amount];

const filterFaults: Readonly<Record<string, FilterFaultKind>> = {
  ...redisFaults,
  'filter killed': {
    forMs: long,
    amount: [0, 1],
    apply(place, fault) {
      choose(place, fault)?.kill(fault.forMs);
      return nothing;
    },
  },
  'filter stopped': {
    forMs: long,
    amount: [0, 1],
    apply(place, fault) {
      choose(place, fault)?.terminate(fault.forMs);
      return nothing;
    },
  },
  [nameTaken]: {
    forMs: long,
    apply: (place) => takeName(place, place.state),
  },
};

/** Half of them are of the filters themselves. */
export function planFilterFaults(random: Random, span: FaultSpan): readonly Fault[] {
  const own = Object.keys(filterFaults).filter((kind) => !Object.hasOwn(redisFaults, kind));
  const faults = planFaults(random, span, {
    kinds: filterFaults,
    choose: () => random.pick(random.chance(0.5) ? own : Object.keys(redisFaults)),
  });
  const lasting = { kind: nameTaken, target: 'redis', atMs: random.between(span.fromMs, span.toMs) };
  return random.chance(0.8)
    ? faults
    : [...faults.filter(({ kind }) => kind !== nameTaken), { ...lasting, forMs: lastingMs }];
}

/** @returns heals it */
export function applyFilterFault(place: FilterFaultPlace, fault: Fault): () => void {
  return filterFaults[fault.kind]?.apply(place, fault) ?? nothing;
}
