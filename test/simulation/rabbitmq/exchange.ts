import type { Declaration } from './declaration.ts';

interface Binding {
  readonly queue: string;
  readonly pattern: string;
}

export interface Exchange {
  readonly name: string;
  readonly declaration: Declaration;
  readonly bindings: Binding[];
  /** Whether it routes to no queue, as if somebody had removed its bindings. */
  isUnbound: boolean;
}

/** Routes a message. The only supported pattern matches every key. @returns the names of the queues */
export function route({ bindings, isUnbound }: Exchange, routingKey: string): ReadonlySet<string> {
  const matching = isUnbound
    ? []
    : bindings.filter(({ pattern }) => pattern === '#' || pattern === routingKey);
  return new Set(matching.map(({ queue }) => queue));
}
