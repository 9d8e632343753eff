import type { Declaration } from './declaration.ts';

interface Binding {
  readonly queue: string;
  readonly pattern: string;
}

export interface Exchange {
  readonly name: string;
  readonly declaration: Declaration;
  readonly bindings: Binding[];
  /** Whether the exchange routes messages to no queue, as if all bindings had been removed. */
  isUnbound: boolean;
}

/** Routes a message. The exchange supports only a pattern that matches every key. @returns the names of the queues */
export function route({ bindings, isUnbound }: Exchange, routingKey: string): ReadonlySet<string> {
  const matching = isUnbound
    ? []
    : bindings.filter(({ pattern }) => pattern === '#' || pattern === routingKey);
  return new Set(matching.map(({ queue }) => queue));
}
