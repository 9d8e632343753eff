import type { TopicFinding, TopicValidation } from '../../ports/topics.ts';
import { type ArgumentValue, type TargetFacts, unlimitedDeliveries } from './describe-target.ts';
import { createMissingTargetAdvice, formatTarget, type PublishTarget } from './publish-target.ts';

/** Checks whether a queue or an exchange stores confirmed messages durably. Has no side effects. */
export function validateTarget(target: PublishTarget, facts: TargetFacts): TopicValidation {
  const findings = listFindings(target, facts);
  const verdict = findings.some((each) => each.verdict === 'error')
    ? 'error'
    : (findings[0]?.verdict ?? 'ok');
  return { verdict, findings };
}

function listFindings(target: PublishTarget, facts: TargetFacts): TopicFinding[] {
  const { kind } = target;
  const name = formatTarget(target);
  if (facts.state === 'missing') {
    return [{ verdict: 'error', message: `${name} does not exist: ${createMissingTargetAdvice(target)}.` }];
  }
  if (facts.state === 'hidden') {
    return [createWarningFinding(`cannot check the settings of ${name}: ${facts.reason}.`)];
  }
  const { durable, autoDelete, arguments: all, deliveryLimit } = facts;
  const messages = [
    ...(durable ? [] : [describeNotDurable(kind, name)]),
    ...(autoDelete ? [describeAutoDelete(kind, name)] : []),
    ...(kind === 'queue' ? listQueueProblems(name, all, deliveryLimit) : []),
  ];
  return messages.map(createWarningFinding);
}

function describeNotDurable(kind: PublishTarget['kind'], name: string): string {
  return kind === 'queue'
    ? `${name} is not durable: a restart of the server removes the queue and all its events.`
    : `${name} is not durable: a restart of the server removes the exchange. Events are rejected until the exchange is declared again.`;
}

function describeAutoDelete(kind: PublishTarget['kind'], name: string): string {
  return kind === 'queue'
    ? `${name} is deleted with all its events when its last consumer disconnects.`
    : `${name} is deleted when its last binding is removed. Events are rejected until the exchange is declared again.`;
}

function listQueueTypeProblems(name: string, type: string): string[] {
  switch (type) {
    case 'classic':
      return [
        `${name} is a classic queue: confirmed events are on only one disk, and are lost if this disk fails. Use a quorum queue, which stores events on several disks.`,
      ];
    case 'stream':
      return [
        `${name} is a stream: a confirmed event is on a majority of the servers, but may not be on any disk yet. Use a quorum queue, which confirms after the write to disk.`,
      ];
    default:
      return [];
  }
}

function listQueueProblems(
  name: string,
  all: ReadonlyMap<string, ArgumentValue>,
  deliveryLimit: number | undefined,
): string[] {
  const queueType = String(all.get('x-queue-type') ?? 'classic');
  const lengthLimitArgument = ['x-max-length', 'x-max-length-bytes'].find((each) => all.has(each));
  const ttl = all.get('x-message-ttl');
  const rejectsWhenFull = String(all.get('x-overflow')).startsWith('reject-publish');
  return [
    ...listQueueTypeProblems(name, queueType),
    ...(lengthLimitArgument !== undefined && !rejectsWhenFull
      ? [
          `${name} has ${lengthLimitArgument} ${all.get(lengthLimitArgument)}: when the queue is full, it drops the oldest events, although they were acknowledged. Set x-overflow to reject-publish, so that the queue rejects new events instead.`,
        ]
      : []),
    ...(ttl === undefined
      ? []
      : [`${name} has x-message-ttl ${ttl}: the queue drops events that are not consumed within ${ttl} ms.`]),
    ...(all.has('x-expires')
      ? [
          `${name} has x-expires ${all.get('x-expires')}: the queue is deleted with all its events after ${all.get('x-expires')} ms without consumers.`,
        ]
      : []),
    ...(deliveryLimit !== undefined &&
    deliveryLimit < unlimitedDeliveries &&
    !all.has('x-dead-letter-exchange')
      ? [
          `${name} has a delivery limit of ${deliveryLimit}: a message that is requeued ${deliveryLimit} times is dropped. Set x-delivery-limit to ${unlimitedDeliveries} or more, or set x-dead-letter-exchange.`,
        ]
      : []),
  ];
}

function createWarningFinding(message: string): TopicFinding {
  return { verdict: 'warning', message };
}
