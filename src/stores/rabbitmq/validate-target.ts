import type { TopicFinding, TopicValidation } from '../../ports/topics.ts';
import { type ArgumentValue, type TargetFacts, unlimitedDeliveries } from './describe-target.ts';
import { adviseOnMissing, type PublishTarget } from './publish-target.ts';

/** Checks whether a queue or an exchange stores confirmed messages durably. Has no side effects. */
export function validateTarget(target: PublishTarget, facts: TargetFacts): TopicValidation {
  const findings = listFindings(target, facts);
  const verdict = findings.some((each) => each.verdict === 'error')
    ? 'error'
    : (findings[0]?.verdict ?? 'ok');
  return { verdict, findings };
}

function listFindings({ kind, name }: PublishTarget, facts: TargetFacts): TopicFinding[] {
  if (facts.state === 'missing') {
    const advice = adviseOnMissing({ kind, name });
    return [{ verdict: 'error', message: `the ${kind} ${name} does not exist: ${advice}.` }];
  }
  if (facts.state === 'hidden') {
    return [createWarningFinding(`cannot check the settings of the ${kind} ${name}: ${facts.reason}.`)];
  }
  const { durable, autoDelete, arguments: all, deliveryLimit } = facts;
  const messages = [
    ...(durable ? [] : [`is not durable: a restart of the server removes it${describeConsequence(kind)}.`]),
    ...(autoDelete
      ? [`is deleted with its last ${kind === 'queue' ? 'consumer' : 'binding'}${describeConsequence(kind)}.`]
      : []),
    ...(kind === 'queue' ? listQueueProblems(all, deliveryLimit) : []),
  ];
  return messages.map((message) => createWarningFinding(`the ${kind} ${name} ${message}`));
}

function describeConsequence(kind: PublishTarget['kind']): string {
  return kind === 'queue' ? ', with all its events' : '. Events are rejected until it is declared again';
}

const problemByQueueType: Readonly<Record<string, string>> = {
  classic:
    'is a classic queue: confirmed events are on only one disk, and are lost if it fails. Use a quorum queue, which stores events on several disks.',
  stream:
    'is a stream: a confirmed event is on a majority of the servers, but may not be on any disk yet. Use a quorum queue, which confirms after the write to disk.',
};

function listQueueProblems(
  all: ReadonlyMap<string, ArgumentValue>,
  deliveryLimit: number | undefined,
): string[] {
  const type = String(all.get('x-queue-type') ?? 'classic');
  const limit = ['x-max-length', 'x-max-length-bytes'].find((each) => all.has(each));
  const ttl = all.get('x-message-ttl');
  const rejects = String(all.get('x-overflow')).startsWith('reject-publish');
  return [
    ...(type in problemByQueueType ? [problemByQueueType[type] ?? ''] : []),
    ...(limit !== undefined && !rejects
      ? [
          `has ${limit} ${all.get(limit)}: when it is full, it drops the oldest events, although they were acknowledged. Set x-overflow to reject-publish, so that it rejects new events instead.`,
        ]
      : []),
    ...(ttl === undefined
      ? []
      : [`has x-message-ttl ${ttl}: it drops events that are not consumed within ${ttl} ms.`]),
    ...(all.has('x-expires')
      ? [
          `has x-expires ${all.get('x-expires')}: it is deleted with all its events after ${all.get('x-expires')} ms without consumers.`,
        ]
      : []),
    ...(deliveryLimit !== undefined &&
    deliveryLimit < unlimitedDeliveries &&
    !all.has('x-dead-letter-exchange')
      ? [
          `has a delivery limit of ${deliveryLimit}: a message that is requeued ${deliveryLimit} times is dropped. Set x-delivery-limit to ${unlimitedDeliveries} or more, or set x-dead-letter-exchange.`,
        ]
      : []),
  ];
}

function createWarningFinding(message: string): TopicFinding {
  return { verdict: 'warning', message };
}
