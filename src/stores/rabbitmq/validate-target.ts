import type { TopicFinding, TopicValidation } from '../../ports/topics.ts';
import { type ArgumentValue, endlessDeliveries, type TargetFacts } from './describe-target.ts';
import { adviseOnAbsent, type PublishTarget } from './publish-target.ts';

/** Whether a queue or an exchange can keep what it confirms. Pure. */
export function validateTarget(target: PublishTarget, facts: TargetFacts): TopicValidation {
  const findings = listFindings(target, facts);
  const verdict = findings.some((each) => each.verdict === 'error')
    ? 'error'
    : (findings[0]?.verdict ?? 'ok');
  return { verdict, findings };
}

function listFindings({ kind, name }: PublishTarget, facts: TargetFacts): TopicFinding[] {
  if (facts.state === 'missing') {
    const advice = adviseOnAbsent({ kind, name });
    return [{ verdict: 'error', message: `the ${kind} ${name} does not exist: ${advice}.` }];
  }
  if (facts.state === 'hidden') {
    return [warn(`the settings of the ${kind} ${name} cannot be judged: ${facts.reason}.`)];
  }
  const { durable, autoDelete, arguments: all, deliveryLimit } = facts;
  const messages = [
    ...(durable ? [] : [`is not durable: it is gone when the server starts again${withAll(kind)}.`]),
    ...(autoDelete
      ? [`is deleted with its last ${kind === 'queue' ? 'consumer' : 'binding'}${withAll(kind)}.`]
      : []),
    ...(kind === 'queue' ? listQueueProblems(all, deliveryLimit) : []),
  ];
  return messages.map((message) => warn(`the ${kind} ${name} ${message}`));
}

function withAll(kind: PublishTarget['kind']): string {
  return kind === 'queue' ? ', with every event in it' : '; events are refused until it is back';
}

const typeProblems: Readonly<Record<string, string>> = {
  classic:
    'is a classic queue: a confirm means one disk, and the events are gone with that disk. Only a quorum queue keeps them on several.',
  stream:
    'is a stream: a confirm means that a majority of the servers has the event, but not that one of them has it on disk. Only a quorum queue waits for that.',
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
    ...(type in typeProblems ? [typeProblems[type] ?? ''] : []),
    ...(limit !== undefined && !rejects
      ? [
          `has ${limit} ${all.get(limit)}: when it is full, the oldest events are dropped, though they were acknowledged. With x-overflow reject-publish new ones are refused instead.`,
        ]
      : []),
    ...(ttl === undefined
      ? []
      : [`has x-message-ttl ${ttl}: events that nobody has read by then are dropped.`]),
    ...(all.has('x-expires')
      ? [`has x-expires ${all.get('x-expires')}: without consumers it is deleted, with every event in it.`]
      : []),
    ...(deliveryLimit !== undefined && deliveryLimit < endlessDeliveries && !all.has('x-dead-letter-exchange')
      ? [
          `has a delivery limit of ${deliveryLimit}: an event that a consumer gives back so often is dropped. Set x-delivery-limit to ${endlessDeliveries} or more, or x-dead-letter-exchange.`,
        ]
      : []),
  ];
}

function warn(message: string): TopicFinding {
  return { verdict: 'warning', message };
}
