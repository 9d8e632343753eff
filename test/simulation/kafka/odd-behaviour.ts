import { errorCodes, toKafkaErrorName } from '../../../src/kafka/errors/kafka-errors.ts';
import { spoils } from '../../support/kafka/spoiled-answers.ts';
import type { Random } from '../world/random.ts';
import type { World } from '../world/world.ts';
import type { ProduceAnswer, ProduceHooks } from './apis/produce.ts';
import type { ClusterSnapshot, PartitionSnapshot } from './cluster-snapshot.ts';
import type { KafkaRequest } from './kafka-api.ts';
import type { EditAnswer } from './serve-broker.ts';

/** What a broker does for a while, with a part of its answers. */
export const oddKinds = [
  'answers left out',
  'odd produce answers',
  'records rejected',
  'rights taken',
  'throttled',
  'odd metadata',
  'spoiled answers',
] as const;

export type OddKind = (typeof oddKinds)[number];

interface Odd {
  readonly kind: OddKind;
  /** Of 100 answers. */
  readonly percent: number;
}

/** Errors that say "not now", some of them after the records were stored, and some that no broker should give. */
const temporaryCodes = [
  errorCodes.NOT_LEADER_OR_FOLLOWER,
  errorCodes.LEADER_NOT_AVAILABLE,
  errorCodes.REQUEST_TIMED_OUT,
  errorCodes.NOT_ENOUGH_REPLICAS,
  errorCodes.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  errorCodes.KAFKA_STORAGE_ERROR,
  errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
  errorCodes.FENCED_LEADER_EPOCH,
  errorCodes.UNSUPPORTED_VERSION,
  errorCodes.INVALID_TIMESTAMP,
  -1,
  200,
];
const rejectingCodes = [
  errorCodes.MESSAGE_TOO_LARGE,
  errorCodes.RECORD_LIST_TOO_LARGE,
  errorCodes.INVALID_RECORD,
];
const denyingCodes = [errorCodes.TOPIC_AUTHORIZATION_FAILED, errorCodes.CLUSTER_AUTHORIZATION_FAILED];
const throttleMs = { from: 50, to: 3_000 };
const apiVersionsKey = 18;

export interface OddBehaviour extends ProduceHooks {
  /** @returns ends it */
  begin(broker: number, odd: Odd): () => void;
  readonly editAnswer: EditAnswer;
  readonly editView: (request: KafkaRequest, view: ClusterSnapshot) => ClusterSnapshot;
}

export function createOddBehaviour(world: Pick<World, 'random' | 'note'>): OddBehaviour {
  const { random } = world;
  const active = new Map<number, Set<Odd>>();

  /** Whether the broker does this now. */
  function isOdd({ broker }: KafkaRequest, kind: OddKind): boolean {
    return [...(active.get(broker.id) ?? [])].some(
      (odd) => odd.kind === kind && random.chance(odd.percent / 100),
    );
  }

  function note({ broker }: KafkaRequest, what: string): void {
    world.note(broker.host, what);
  }

  return {
    begin(broker, odd) {
      const odds = active.get(broker) ?? new Set();
      active.set(broker, odds.add(odd));
      return () => odds.delete(odd);
    },
    refuse(request, { topic, partition }) {
      const codes = isOdd(request, 'records rejected')
        ? rejectingCodes
        : isOdd(request, 'rights taken')
          ? denyingCodes
          : isOdd(request, 'odd produce answers')
            ? temporaryCodes
            : undefined;
      const code = codes === undefined ? 0 : random.pick(codes);
      if (code !== 0) {
        note(request, `refuses records for ${topic}-${partition}: ${toKafkaErrorName(code)}`);
      }
      return code;
    },
    edit(request, answer) {
      if (isOdd(request, 'throttled')) {
        note(request, 'asks for a pause');
        return { ...answer, throttleMs: random.between(throttleMs.from, throttleMs.to) };
      }
      if (!isOdd(request, 'odd produce answers')) {
        return answer;
      }
      const { name, change } = random.pick(answerChanges);
      note(request, `answers with ${name}`);
      return change(answer, random);
    },
    editAnswer(request, frame) {
      if (isOdd(request, 'answers left out')) {
        note(request, `does not answer request ${request.apiKey}`);
        return [];
      }
      if (isOdd(request, 'spoiled answers') && request.apiKey !== apiVersionsKey) {
        const [name, spoil] = random.pick(smallSpoils);
        note(request, `spoils an answer: ${name}`);
        return [spoil(frame)];
      }
      return [frame];
    },
    editView(request, view) {
      if (!isOdd(request, 'odd metadata')) {
        return view;
      }
      const { name, change } = random.pick(viewChanges);
      note(request, `describes ${name}`);
      return change(view, random);
    },
  };
}

/** Megabytes of nonsense would only take time. */
const smallSpoils = Object.entries(spoils).filter(([name]) => !name.includes('megabytes'));

interface AnswerChange {
  readonly name: string;
  readonly change: (answer: ProduceAnswer, random: Random) => ProduceAnswer | undefined;
}

const answerChanges: readonly AnswerChange[] = [
  {
    name: 'an error after storing',
    change: ({ parts, ...rest }, random) => ({
      ...rest,
      parts: parts.map((part) => ({ ...part, errorCode: random.pick(temporaryCodes) })),
    }),
  },
  {
    name: 'a partition left out',
    change: ({ parts, ...rest }, random) => {
      const left = random.int(parts.length);
      return { ...rest, parts: parts.filter((_, index) => index !== left) };
    },
  },
  {
    name: 'no error and no offset',
    change: ({ parts, ...rest }) => ({
      ...rest,
      parts: parts.map((part) => ({ ...part, errorCode: 0, baseOffset: -1 })),
    }),
  },
  {
    name: 'a partition that was not asked',
    change: ({ parts, ...rest }) => ({
      ...rest,
      parts: parts.map((part) => ({ ...part, partition: part.partition + 1_000 })),
    }),
  },
  { name: 'nothing', change: () => undefined },
];

interface ViewChange {
  readonly name: string;
  readonly change: (view: ClusterSnapshot, random: Random) => ClusterSnapshot;
}

function editPartitions(
  view: ClusterSnapshot,
  edit: (partitions: readonly PartitionSnapshot[]) => readonly PartitionSnapshot[],
): ClusterSnapshot {
  const topics = [...view.topics].map(
    ([name, topic]) => [name, { ...topic, partitions: edit(topic.partitions) }] as const,
  );
  return { ...view, topics: new Map(topics) };
}

const viewChanges: readonly ViewChange[] = [
  { name: 'no brokers', change: (view) => ({ ...view, brokers: [] }) },
  { name: 'no topics', change: (view) => ({ ...view, topics: new Map() }) },
  {
    name: 'no leaders',
    change: (view) => editPartitions(view, (all) => all.map((each) => ({ ...each, leader: -1 }))),
  },
  {
    name: 'other leaders',
    change: (view, random) =>
      editPartitions(view, (all) => all.map((each) => ({ ...each, leader: random.pick(each.replicas) }))),
  },
  { name: 'fewer partitions', change: (view) => editPartitions(view, (all) => all.slice(0, -1)) },
  {
    name: 'a broker at a wrong port',
    change: (view) => ({ ...view, brokers: view.brokers.map((each) => ({ ...each, port: each.port + 1 })) }),
  },
];
