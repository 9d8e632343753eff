/** The command was used in a way that cannot work: nothing was done, the exit code is 2. One sentence for the user. */
export class UsageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UsageError';
  }
}
