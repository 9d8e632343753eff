/** Wrong use of a command: nothing was done, and the exit code is 2. The message is one sentence for the user. */
export class UsageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UsageError';
  }
}
