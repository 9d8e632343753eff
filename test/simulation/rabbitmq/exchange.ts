import type { Declaration } from './declaration.ts';

interface Binding {
  readonly queue: string;
  readonly pattern: string;
}

export interface Exchange {
  readonly name: string;
  readonly declaration: Declaration;
  readonly bindings: Binding[];
  /** It routes to nothing, as if somebody had taken its bindings away. */
  isUnbound: boolean;
}

/** @returns the names of the queues that a routing key leads to: of a pattern there is the one that takes every key */
export function route({ bindings, isUnbound }: Exchange, routingKey: string): ReadonlySet<string> {
  const matching = isUnbound
    ? []
    : bindings.filter(({ pattern }) => pattern === '#' || pattern === routingKey);
  return new Set(matching.map(({ queue }) => queue));
}
