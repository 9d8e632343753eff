import { emptyFetchAnswer } from '../../support/kafka/empty-fetch-answer.ts';
import { spoils } from '../../support/kafka/spoiled-answers.ts';
import { commandProcess } from '../commands/run-command.ts';
import { brokerErrors } from '../filter/broker-errors.ts';
import { filterProcess } from '../filter/filter-process.ts';
import type { World } from '../world/world.ts';
import type { Asked, BrokerHooks, RequestFault } from './broker-session.ts';
import { answerChanges, temporaryCodes, viewChanges } from './odd-answers.ts';
import { toErrorCode, toErrorName } from './transactions/error-code.ts';

/** A period in which a broker returns some incorrect responses. */
export const oddKinds = [
  'answers skipped',
  'odd produce answers',
  'records rejected',
  'rights taken',
  'throttled',
  'odd metadata',
  'spoiled answers',
] as const;

/** Kinds of incorrect responses that only the revision filter can receive. */
const ofFilter = ['errors', 'strange answers', 'empty answers', 'pauses'] as const;

/** Kinds of incorrect responses. The last two kinds occur only in planned combinations of faults. */
export type OddKind =
  | (typeof oddKinds)[number]
  | (typeof ofFilter)[number]
  | 'produce cut off'
  | 'replicas missing';

const forFilter: readonly OddKind[] = ['answers skipped', 'throttled', ...ofFilter];
/**
 * Kinds of incorrect responses that commands do not get, because they cannot detect a wrong partition count or log end.
 */
const untold: readonly OddKind[] = ['odd metadata', 'spoiled answers'];

interface Odd {
  readonly kind: OddKind;
  /** Percentage of responses that are incorrect. */
  readonly percent: number;
}

const rejectingCodes = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD'].map(toErrorCode);
const denyingCodes = ['TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED'].map(toErrorCode);
const throttleMs = { from: 50, to: 3_000 };
const produceKey = 0;
const fetchKey = 1;
const apiVersionsKey = 18;
const describeConfigsKey = 32;

export interface OddBehaviour extends BrokerHooks {
  /** Starts the incorrect behaviour. @returns a function that ends the behaviour */
  begin(broker: number, odd: Odd): () => void;
  /** Partitions of the events topic for which all brokers reject records. */
  readonly refusedPartitions: Set<number>;
  /** Topics that the client has no permission to write to. */
  readonly deniedTopics: Set<string>;
}

export function createOddBehaviour(world: Pick<World, 'random' | 'note'>): OddBehaviour {
  const { random } = world;
  const active = new Map<number, Set<Odd>>();
  const refusedPartitions = new Set<number>();
  const deniedTopics = new Set<string>();

  /** Returns whether the broker sends an incorrect response this time. */
  function isOdd({ broker, from }: Asked, kind: OddKind): boolean {
    // The broker must not report an error to the filter for a request that it executed. Otherwise, the test could not
    // predict whether a transaction was committed.
    const isMeant = from.startsWith(filterProcess)
      ? forFilter.includes(kind)
      : !ofFilter.some((each) => each === kind) &&
        !(from.startsWith(commandProcess) && untold.includes(kind));
    if (!isMeant) {
      return false;
    }
    return [...(active.get(broker) ?? [])].some(
      (odd) => odd.kind === kind && random.chance(odd.percent / 100),
    );
  }

  function note({ broker }: Asked, what: string): void {
    world.note(`kafka-${broker}`, what);
  }

  /** Returns the fault for a response to the filter. Returns `undefined` if the response is correct. */
  function disturbFilter(request: Asked): RequestFault | undefined {
    const { apiKey } = request;
    const errors = brokerErrors[apiKey] ?? [];
    if (errors.length > 0 && isOdd(request, 'errors')) {
      const error = random.pick(errors);
      note(request, `answers request ${apiKey} with ${error}`);
      return { error };
    }
    // If the filter cannot read the size limit, it drops large obsolete events, and no rule check could identify these
    // events.
    if (apiKey !== describeConfigsKey && isOdd(request, 'strange answers')) {
      return spoilAnswer(request);
    }
    if (apiKey === fetchKey && isOdd(request, 'empty answers')) {
      return { spoil: (frame) => emptyFetchAnswer(frame, () => isOdd(request, 'empty answers')) };
    }
    return isOdd(request, 'pauses') ? pause(request) : undefined;
  }

  function spoilAnswer(request: Asked): RequestFault {
    const [name, spoil] = random.pick(Object.entries(spoils));
    note(request, `spoils an answer: ${name}`);
    return { spoil };
  }

  function pause(request: Asked): RequestFault {
    note(request, 'asks for a pause');
    return { throttleMs: random.between(throttleMs.from, throttleMs.to) };
  }

  return {
    refusedPartitions,
    deniedTopics,
    begin(broker, odd) {
      const odds = active.get(broker) ?? new Set();
      active.set(broker, odds.add(odd));
      return () => odds.delete(odd);
    },
    refuse(request, { topic, partition }) {
      const codes = deniedTopics.has(topic)
        ? denyingCodes.slice(0, 1)
        : isOdd(request, 'records rejected')
          ? rejectingCodes
          : isOdd(request, 'rights taken')
            ? denyingCodes
            : isOdd(request, 'odd produce answers')
              ? temporaryCodes
              : (partition % 2 === 1 && isOdd(request, 'replicas missing')) ||
                  (refusedPartitions.has(partition) && !/\.(dlq|latest)$/.test(topic))
                ? [toErrorCode('NOT_ENOUGH_REPLICAS')]
                : undefined;
      const code = codes === undefined ? 0 : random.pick(codes);
      if (code !== 0) {
        note(request, `refuses records for ${topic}-${partition}: ${toErrorName(code)}`);
      }
      return code;
    },
    onRequest(request) {
      const { apiKey } = request;
      if (apiKey === produceKey && isOdd(request, 'produce cut off')) {
        note(request, 'ends the connection instead of an answer');
        return { isCut: true };
      }
      if (isOdd(request, 'answers skipped')) {
        note(request, `does not answer request ${apiKey}`);
        return { isSilent: true };
      }
      if (isOdd(request, 'spoiled answers') && apiKey !== apiVersionsKey) {
        return spoilAnswer(request);
      }
      if (apiKey === produceKey && isOdd(request, 'throttled')) {
        return pause(request);
      }
      return disturbFilter(request) ?? {};
    },
    edit(request, answer) {
      if (!isOdd(request, 'odd produce answers')) {
        return answer;
      }
      const { name, change } = random.pick(answerChanges);
      note(request, `answers with ${name}`);
      return change(answer, random);
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
