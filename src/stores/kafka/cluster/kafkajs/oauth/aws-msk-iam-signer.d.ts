// Types of the only function that is used. The package is an optional peer dependency, so the compiler must not need
// it.
declare module 'aws-msk-iam-sasl-signer-js' {
  /** @returns the token, and its expiry in epoch milliseconds */
  export function generateAuthToken(options: {
    readonly region: string;
  }): Promise<{ readonly token: string; readonly expiryTime: number }>;
}
