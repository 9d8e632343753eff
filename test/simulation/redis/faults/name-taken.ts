import type { Change } from '../keyspace.ts';

const aside = (stream: string) => `${stream}:aside`;

/** Another program has renamed the stream, and written a text under its name. */
export function takeName(stream: string): Change {
  return (data) => {
    const value = data.get(stream);
    if (value?.kind === 'stream') {
      data.set(aside(stream), value);
    }
    data.set(stream, { kind: 'string', text: 'of another program' });
  };
}

/** It is as it was; a crash may have undone it before. */
export function giveNameBack(stream: string): Change {
  return (data) => {
    const value = data.get(aside(stream));
    if (data.get(stream)?.kind === 'string') {
      data.delete(stream);
    }
    if (value !== undefined) {
      data.delete(aside(stream));
      data.set(stream, value);
    }
  };
}
