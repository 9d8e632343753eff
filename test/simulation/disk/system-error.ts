import { constants } from 'node:os';
import { getSystemErrorMessage } from 'node:util';

export type ErrorCode = Extract<keyof typeof constants.errno, string>;

/** Creates the error that Node throws when a system call fails. */
export function systemError(
  code: ErrorCode,
  syscall: string,
  path?: string,
  dest?: string,
): NodeJS.ErrnoException {
  const errno = -constants.errno[code];
  const paths = path === undefined ? '' : ` '${path}'${dest === undefined ? '' : ` -> '${dest}'`}`;
  const error = new Error(`${code}: ${getSystemErrorMessage(errno)}, ${syscall}${paths}`);
  return Object.assign(error, {
    errno,
    code,
    syscall,
    ...(path !== undefined && { path }),
    ...(dest && { dest }),
  });
}
