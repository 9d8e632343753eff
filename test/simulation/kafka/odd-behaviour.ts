import { errorCodes, toKafkaErrorName } from '../../../src/kafka/errors/kafka-errors.ts';
import { spoils } from '../../support/kafka/spoiled-answers.ts';
import type { World } from '../world/world.ts';
import type { ProduceHooks } from './apis/produce.ts';
import type { ClusterSnapshot } from './cluster-snapshot.ts';
import type { KafkaRequest } from './kafka-api.ts';
import { answerChanges, temporaryCodes, viewChanges } from './odd-answers.ts';
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

/** Only stories have the last ones. */
export type OddKind = (typeof oddKinds)[number] | 'produce cut off' | 'replicas missing';

interface Odd {
  readonly kind: OddKind;
  /** Of 100 answers. */
  readonly percent: number;
}

const rejectingCodes = [
  errorCodes.MESSAGE_TOO_LARGE,
  errorCodes.RECORD_LIST_TOO_LARGE,
  errorCodes.INVALID_RECORD,
];
const denyingCodes = [errorCodes.TOPIC_AUTHORIZATION_FAILED, errorCodes.CLUSTER_AUTHORIZATION_FAILED];
const throttleMs = { from: 50, to: 3_000 };
const produceKey = 0;
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
            : partition % 2 === 1 && isOdd(request, 'replicas missing')
              ? [errorCodes.NOT_ENOUGH_REPLICAS]
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
      if (request.apiKey === produceKey && isOdd(request, 'produce cut off')) {
        note(request, 'ends the connection instead of an answer');
        return undefined;
      }
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
