import { constants } from 'node:fs';

const { O_RDONLY, O_RDWR, O_WRONLY, O_CREAT, O_TRUNC, O_EXCL, O_APPEND } = constants;

const byName: Readonly<Record<string, number>> = {
  r: O_RDONLY,
  'r+': O_RDWR,
  w: O_WRONLY | O_CREAT | O_TRUNC,
  wx: O_WRONLY | O_CREAT | O_TRUNC | O_EXCL,
  a: O_WRONLY | O_CREAT | O_APPEND,
  'a+': O_RDWR | O_CREAT | O_APPEND,
};

export function toFlags(flags: string | number = 'r'): number {
  const found = typeof flags === 'number' ? flags : byName[flags];
  if (found === undefined) {
    throw new Error(`the flags ${flags} are not simulated`);
  }
  return found;
}
