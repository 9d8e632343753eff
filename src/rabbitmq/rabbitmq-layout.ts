import type { RabbitMqLayout } from '../config/rabbitmq-config.ts';
import type { PublishTarget } from './publish-target.ts';

/** Names of a registration's events and dead letters. */
export interface RabbitMqNames {
  readonly events: string;
  readonly deadLetter: string;
}

/** Where the records of each topic go: the n-th target takes the keys of partition n. */
export function toTargets(
  names: readonly RabbitMqNames[],
  layout: RabbitMqLayout,
): ReadonlyMap<string, readonly PublishTarget[]> {
  const targets = new Map<string, readonly PublishTarget[]>();
  for (const { deadLetter } of names) {
    targets.set(deadLetter, [{ kind: 'queue', name: deadLetter }]);
  }
  for (const { events } of names) {
    targets.set(events, toEventTargets(events, layout));
  }
  return targets;
}

export function toEventTargets(events: string, layout: RabbitMqLayout): PublishTarget[] {
  if ('exchange' in layout) {
    return [{ kind: 'exchange', name: events }];
  }
  const { queueCount } = layout;
  return queueCount === 1
    ? [{ kind: 'queue', name: events }]
    : Array.from({ length: queueCount }, (_, index) => ({ kind: 'queue', name: `${events}.${index}` }));
}
