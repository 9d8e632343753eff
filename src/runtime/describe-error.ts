/** What an error says, as one sentence or part of one. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}

/** As `describeError`, for `fetch`: its own message is always the same, and its cause says what the network did. */
export function describeFetchError(error: unknown): string {
  return describeError(error instanceof Error && error.cause instanceof Error ? error.cause : error);
}
