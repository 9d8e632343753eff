import type { KafkaCluster, Topic, TopicPlan } from '../kafka/kafka-cluster.ts';
import type { OddBehaviour, OddKind } from '../kafka/odd-behaviour.ts';
import type { JoinRequest } from '../kafka/transactions/group-messages.ts';
import type { Fault } from '../scenario.ts';
import type { World } from '../world/world.ts';
import { type FilterPlace, groupId } from './filter-process.ts';
import { type HeldFile, password } from './password-file.ts';
import type { FilterFaultKind } from './plan-filter-faults.ts';

export interface FilterFaultDeps {
  readonly world: World;
  readonly cluster: KafkaCluster;
  readonly odd: OddBehaviour;
  readonly places: readonly FilterPlace[];
  /** The original events topic, followed by each topic that replaced it. */
  readonly events: [Topic, ...Topic[]];
  readonly latest: TopicPlan;
  readonly passwordFile: HeldFile;
}

/** Target of a fault. */
interface Victim extends FilterFaultDeps {
  readonly amount: number;
  readonly forMs: number;
  readonly partition: number;
  readonly place: FilterPlace | undefined;
}

type Heal = () => void;

/** Applies a fault. @returns a function that heals the fault, or `undefined` if the fault is of a different kind */
export function applyFilterFault(fault: Fault, deps: FilterFaultDeps): Heal | undefined {
  const { kind, target, forMs, amount = 0 } = fault;
  return actions[kind as FilterFaultKind]?.({
    ...{ ...deps, amount, forMs },
    partition: (Number(target) || 0) % deps.events[0].partitions.length,
    place: deps.places.find(({ name }) => name === target),
  });
}

const nothing = (): void => undefined;

/** The session timeout is so long that every process ends before it. */
const lostNewcomer: JoinRequest = {
  ...{ memberId: '', clientId: 'newcomer', protocol: 'comapi-revision-filter' },
  ...{ sessionTimeoutMs: 40_000, rebalanceTimeoutMs: 30_000, metadata: Buffer.alloc(0) },
};
/** Time until a killed process has restarted and has sent its join request. */
const joinedMs = 2_000;

const actions: Readonly<Record<FilterFaultKind, (victim: Victim) => Heal>> = {
  'group moved'({ cluster }) {
    cluster.moveCoordinator('group', groupId);
    return nothing;
  },
  'transactions moved'({ cluster, events: [{ name }], partition }) {
    cluster.moveCoordinator('transaction', `${groupId}-${name}-${partition}`);
    return nothing;
  },
  errors: (victim) => disturb(victim, 'errors'),
  'strange answers': (victim) => disturb(victim, 'strange answers'),
  pauses: (victim) => disturb(victim, 'pauses'),
  'password file empty': ({ passwordFile }) => write(passwordFile, ''),
  'password file gone': ({ passwordFile }) => write(passwordFile, undefined),
  'logins refused'({ cluster }) {
    const before = cluster.password;
    cluster.password &&= `another than ${password}`;
    return () => {
      cluster.password = before && password;
    };
  },
  'filter killed'({ place, forMs }) {
    place?.kill(forMs);
    return nothing;
  },
  'filter stopped'({ place, forMs }) {
    place?.terminate(forMs);
    return nothing;
  },
  'stopped while it joins'({ world, cluster, place, forMs }) {
    // A new group member gets its id and then disappears. The next rebalance of the group waits for this member.
    cluster.coordination.group(groupId).join(lostNewcomer, nothing);
    place?.kill(1);
    world.after(joinedMs, () => place?.terminate(forMs));
    return nothing;
  },
  'restored from empty answers'(victim) {
    // All processes stop and leave the group, so the next owner of each partition restores its states immediately.
    for (const place of victim.places) {
      place.terminate(1);
    }
    return disturb(victim, 'empty answers');
  },
  'second filter'({ place }) {
    if (place?.isUp() === false) {
      place.start();
      return () => place.terminate();
    }
    return nothing;
  },
  'clock moved'({ world, amount }) {
    world.setClock(amount);
    return () => world.setClock(-amount);
  },
  'events made again'({ cluster, events }) {
    const { name, partitions, config } = events[0];
    cluster.deleteTopic(name, groupId);
    return () => {
      events.push(cluster.addTopic({ name, partitionCount: partitions.length, settings: config.own }));
    };
  },
  'states made again'({ cluster, latest }) {
    cluster.deleteTopic(latest.name, groupId);
    return () => void cluster.addTopic(latest);
  },
  'events cut back': (victim) => cutBack(victim, victim.events[0].name),
  'states cut back': (victim) => cutBack(victim, victim.latest.name),
  'events expired'({ cluster, events: [{ name }], partition, amount }) {
    const log = cluster.logOf(name, partition);
    log?.deleteBefore(Math.floor((log.endOffset * amount) / 100));
    return nothing;
  },
  /** The offset is only moved backwards. An operator who moves it forwards would skip events on purpose. */
  'offset set'({ cluster, events: [{ name }], partition, amount }) {
    const offsets = cluster.coordination.offsets(groupId);
    const place = `${name}-${partition}`;
    offsets.set(place, Math.floor(((offsets.find(place)?.offset ?? 0) * amount) / 100));
    return nothing;
  },
  'offset lost'({ cluster, events: [{ name }], partition }) {
    cluster.coordination.offsets(groupId).delete(`${name}-${partition}`);
    return nothing;
  },
};

function write(file: HeldFile, text: string | undefined): Heal {
  file.text = text;
  return () => {
    file.text = password;
  };
}

/** Makes all brokers return incorrect responses. */
function disturb({ cluster, odd, amount }: Victim, kind: OddKind): Heal {
  const heals = cluster.brokers.map(({ id }) => odd.begin(id, { kind, percent: amount }));
  return () => {
    for (const heal of heals) {
      heal();
    }
  };
}

/** Truncates a log. Usually removes the last few records, and at most a quarter of the log. */
function cutBack({ cluster, partition, amount }: Victim, topic: string): Heal {
  const found = cluster.partition(topic, partition);
  found?.cutBack(Math.floor(found.log.endOffset * (1 - (amount / 100) ** 3 / 4)));
  cluster.controller.tell();
  return nothing;
}
