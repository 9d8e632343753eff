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

/** @returns the names of the queues that a routing key leads to */
export function route(
  { declaration, bindings, isUnbound }: Exchange,
  routingKey: string,
): ReadonlySet<string> {
  const matching = isUnbound
    ? []
    : bindings.filter(({ pattern }) => isMatch(declaration.type ?? 'direct', pattern, routingKey));
  return new Set(matching.map(({ queue }) => queue));
}

function isMatch(type: string, pattern: string, routingKey: string): boolean {
  if (type === 'topic') {
    return matchWords(pattern.split('.'), routingKey.split('.'));
  }
  return type === 'fanout' || pattern === routingKey;
}

/** `*` is one word, `#` any number of them. */
function matchWords([first, ...others]: readonly string[], words: readonly string[]): boolean {
  if (first === undefined) {
    return words.length === 0;
  }
  if (first === '#') {
    return words.length === 0
      ? matchWords(others, words)
      : matchWords(others, words) || matchWords([first, ...others], words.slice(1));
  }
  return words.length > 0 && (first === '*' || first === words[0]) && matchWords(others, words.slice(1));
}
