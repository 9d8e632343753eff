/**
 * Error for an incorrectly used command. The command does nothing and exits with code 2. The message is one sentence
 * for the user.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Converts a thrown value to an Error, because JavaScript can throw any value. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}

/**
 * Lists an error and its causes, with the root cause last. Each error is listed once, because some libraries create
 * errors that are their own cause.
 */
export function causesOf(error: unknown): readonly Error[] {
  const seenErrors = new Set<Error>();
  for (
    let currentError = error;
    currentError instanceof Error && !seenErrors.has(currentError);
    currentError = currentError.cause
  ) {
    seenErrors.add(currentError);
  }
  return [...seenErrors];
}

/** Whether the error has one of these codes of Node or the operating system, such as `ENOENT`. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code);
}

/** Returns the user id in brackets if the error is a missing permission, otherwise an empty string. */
export function describeUser(error: unknown): string {
  return hasCode(error, 'EACCES', 'EPERM') ? ` (this process has the user id ${process.getuid?.()})` : '';
}

/** Returns the result of a file operation, or `undefined` if the file does not exist. */
export async function undefinedIfMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return undefined;
    }
    throw error;
  }
}

/** Returns the message of an error, or its name if the message is empty. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}

/**
 * Like `describeError`, but for errors of `fetch`. Their message is always the same, and only the cause describes the
 * network error.
 */
export function describeFetchError(error: unknown): string {
  return isPlainTextPort(error)
    ? 'the server does not speak TLS'
    : describeError(error instanceof Error && error.cause instanceof Error ? error.cause : error);
}

/** Whether a TLS client received plain text. OpenSSL's message for this error is hard to understand. */
export function isPlainTextPort(error: unknown): boolean {
  return causesOf(error).some((each) =>
    hasCode(each, 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG'),
  );
}
