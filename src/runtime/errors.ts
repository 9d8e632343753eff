/** Wrong use of a command: nothing was done, and the exit code is 2. The message is one sentence for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What was thrown, as an error: JavaScript lets anything be thrown. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}

/** The error, and what caused it, the first cause last. Each once: an error of a library may be its own cause. */
export function causesOf(error: unknown): readonly Error[] {
  const found = new Set<Error>();
  for (let current = error; current instanceof Error && !found.has(current); current = current.cause) {
    found.add(current);
  }
  return [...found];
}

/** Whether Node or the operating system gave the error one of these codes, such as `ENOENT`. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code);
}

/** What the operating system refuses is a matter of who asks: the user, in brackets; empty for every other error. */
export function describeUser(error: unknown): string {
  return hasCode(error, 'EACCES', 'EPERM') ? ` (this process has the user id ${process.getuid?.()})` : '';
}

/** What a file call answers, or `undefined` when there is no such file. */
export async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return undefined;
    }
    throw error;
  }
}

/** What an error says, as one sentence or part of one. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}

/** As `describeError`, for `fetch`: its own message is always the same, and its cause says what the network did. */
export function describeFetchError(error: unknown): string {
  return describeError(error instanceof Error && error.cause instanceof Error ? error.cause : error);
}
