import type { JoinRequest } from '../kafka/transactions/group-messages.ts';
import type { Link, Network } from '../network/network.ts';
import type { Fault } from '../scenario.ts';
import type { World } from '../world/world.ts';
import { type FilterDeployment, groupId, password } from './filter-deployment.ts';
import type { FilterFaultKind } from './filter-faults.ts';
import type { FilterPlace } from './filter-process.ts';
import { emptyFile, loseFile } from './password-file.ts';

export interface FaultDeps {
  readonly world: World;
  readonly network: Network;
  readonly deployment: FilterDeployment;
  readonly passwordFile: string;
}

/** What a fault happens to. */
interface Victim extends FaultDeps {
  readonly amount: number;
  readonly forMs: number;
  readonly broker: number;
  /** Of the broker. */
  readonly link: Link;
  readonly partition: number;
  readonly place: FilterPlace | undefined;
  /** Which of two topics. */
  readonly isOfEvents: boolean;
}

type Heal = () => void;

/** Lets a fault happen. @returns heals it */
export function applyFilterFault({ kind, target, forMs, amount = 0 }: Fault, deps: FaultDeps): Heal {
  const { cluster, topics, places } = deps.deployment;
  const number = Number(target) || 0;
  const broker = (number % cluster.brokers.length) + 1;
  return actions[kind as FilterFaultKind]({
    ...deps,
    amount,
    forMs,
    broker,
    link: deps.network.link(cluster.addressOf(broker)),
    partition: number % topics.events.partitionCount,
    place: places.find(({ name }) => name === target),
    isOfEvents: number % 2 === 0,
  });
}

const nothing = (): void => undefined;
/** `broker.session.timeout.ms`. */
const fencedAfterMs = 9_000;

/** For longer than a process that ends may take. */
const lostNewcomer: JoinRequest = {
  ...{ memberId: '', instanceId: '', clientId: 'newcomer', protocol: 'comapi-revision-filter' },
  ...{ sessionTimeoutMs: 40_000, rebalanceTimeoutMs: 30_000, metadata: Buffer.alloc(0) },
};
/** A process that was killed has started again, and has asked to join. */
const joinedMs = 2_000;

const actions: Readonly<Record<FilterFaultKind, (victim: Victim) => Heal>> = {
  'broker killed'({ deployment: { cluster }, broker, amount }) {
    cluster.kill(broker, amount);
    return () => cluster.start(broker);
  },
  'broker frozen'({ deployment: { cluster }, broker, link }) {
    cluster.freeze(broker, fencedAfterMs);
    link.freeze();
    return () => {
      cluster.thaw(broker);
      link.thaw();
    };
  },
  'broker slow'({ link, amount }) {
    link.slow(amount);
    return () => link.slow(0);
  },
  'broker refuses'({ link }) {
    link.refuse();
    return link.admit;
  },
  'leader moved'({ deployment: { cluster, topics }, isOfEvents, partition }) {
    const moved = cluster.partition((isOfEvents ? topics.events : topics.latest).name, partition);
    cluster.controller.moveLeaders(moved === undefined ? [] : [moved]);
    return nothing;
  },
  'group moved'({ deployment: { cluster } }) {
    cluster.moveCoordinator('group', groupId);
    return nothing;
  },
  'transactions moved'({ deployment: { cluster, topics }, partition }) {
    cluster.moveCoordinator('transaction', `${groupId}-${topics.events.name}-${partition}`);
    return nothing;
  },
  'connections reset': ({ link }) => cut(link, 'reset'),
  'connections ended': ({ link }) => cut(link, 'end'),
  'connections silent': ({ link }) => cut(link, 'silence'),
  'cut at a byte'({ link, amount }) {
    link.cutAfter(amount);
    return nothing;
  },
  errors: (victim) => trouble(victim, 'errors'),
  'no answers': (victim) => trouble(victim, 'silent'),
  'strange answers': (victim) => trouble(victim, 'strange'),
  throttled: (victim) => trouble(victim, 'throttleMs'),
  'password file empty': ({ passwordFile }) => emptyFile(passwordFile),
  'password file gone': ({ passwordFile }) => loseFile(passwordFile),
  'logins refused'({ deployment: { cluster } }) {
    if (cluster.password !== undefined) {
      cluster.password = `another than ${password}`;
      return () => {
        cluster.password = password;
      };
    }
    return nothing;
  },
  'filter killed'({ place, forMs }) {
    place?.kill(forMs);
    return nothing;
  },
  'filter stopped'({ place, forMs }) {
    place?.terminate(forMs);
    return nothing;
  },
  'stopped while it joins'({ world, deployment: { cluster }, place, forMs }) {
    // A newcomer gets its id and is gone: the round that a fresh process begins waits for it.
    cluster.coordination.group(groupId).join(lostNewcomer, nothing);
    place?.kill(1);
    world.after(joinedMs, () => place?.terminate(forMs));
    return nothing;
  },
  'restored from empty answers'(victim) {
    // Who stops leaves the group: the next one restores at once.
    for (const place of victim.deployment.places) {
      place.terminate(1);
    }
    return trouble(victim, 'empty');
  },
  'second filter'({ place }) {
    if (place?.isUp() === false) {
      place.start();
      return () => place.terminate();
    }
    return nothing;
  },
  'clock set'({ world, amount }) {
    world.setClock(amount);
    return () => world.setClock(-amount);
  },
  'events made again': (victim) => makeAgain(victim, 'events'),
  'states made again': (victim) => makeAgain(victim, 'latest'),
  'events cut back': (victim) => cutBack(victim, 'events'),
  'states cut back': (victim) => cutBack(victim, 'latest'),
  'events expired'({ deployment: { cluster, topics }, partition, amount }) {
    const log = cluster.logOf(topics.events.name, partition);
    log?.deleteBefore(Math.floor((log.endOffset * amount) / 100));
    return nothing;
  },
  /** Only back: what somebody passes over is not filtered, and he wants it so. */
  'offset set'({ deployment: { cluster, topics }, partition, amount }) {
    const offsets = cluster.coordination.offsets(groupId);
    const name = `${topics.events.name}-${partition}`;
    offsets.set(name, Math.floor(((offsets.find(name)?.offset ?? 0) * amount) / 100));
    return nothing;
  },
  'offset lost'({ deployment: { cluster, topics }, partition }) {
    cluster.coordination.offsets(groupId).delete(`${topics.events.name}-${partition}`);
    return nothing;
  },
};

function cut(link: Link, kind: Parameters<Link['cut']>[0]): Heal {
  link.cut(kind);
  return nothing;
}

function trouble({ deployment, amount }: Victim, name: keyof FilterDeployment['trouble']): Heal {
  deployment.trouble[name] = amount;
  return () => {
    deployment.trouble[name] = 0;
  };
}

function makeAgain({ deployment: { cluster, topics } }: Victim, role: 'events' | 'latest'): Heal {
  cluster.deleteTopic(topics[role].name, groupId);
  return () => void cluster.addTopic(topics[role]);
}

/** Mostly the last few records, and up to a quarter of the log. */
function cutBack({ deployment, partition, amount }: Victim, role: 'events' | 'latest'): Heal {
  const log = deployment.cluster.logOf(deployment.topics[role].name, partition);
  log?.cutBack(Math.floor(log.endOffset * (1 - (amount / 100) ** 3 / 4)));
  deployment.cluster.controller.tell();
  return nothing;
}
