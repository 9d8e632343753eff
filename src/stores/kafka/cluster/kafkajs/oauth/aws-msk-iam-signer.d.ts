// Types of the only function in use. The package is an optional peer dependency, so the compiler must work without
// it.
declare module 'aws-msk-iam-sasl-signer-js' {
  /**
   * Generates a token.
   *
   * @returns the token, and its expiry in epoch milliseconds
   */
  export function generateAuthToken(options: {
    readonly region: string;
  }): Promise<{ readonly token: string; readonly expiryTime: number }>;
}
