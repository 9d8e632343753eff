import type { Change } from '../keyspace.ts';

const aside = (key: string) => `${key}:aside`;

/** Another program has renamed what is there, and written a text under its name. */
export function takeName(key: string): Change {
  return (data) => {
    const value = data.get(key);
    if (value !== undefined && value.kind !== 'string') {
      data.set(aside(key), value);
    }
    data.set(key, { kind: 'string', text: 'of another program' });
  };
}

/** It is as it was; a crash may have undone it before. */
export function giveNameBack(key: string): Change {
  return (data) => {
    const value = data.get(aside(key));
    if (data.get(key)?.kind === 'string') {
      data.delete(key);
    }
    if (value !== undefined) {
      data.delete(aside(key));
      data.set(key, value);
    }
  };
}
