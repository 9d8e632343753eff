import type { CheckResult } from './check-result.ts';

/** A password in a URL without TLS is refused unless a variable allows it. This names the risk. */
export function checkPlaintextLogin(options: {
  readonly isPlaintext: boolean;
  /** The variable that allows it. */
  readonly allow: string;
  readonly store: string;
}): CheckResult[] {
  const { isPlaintext, allow, store } = options;
  return isPlaintext
    ? [
        {
          area: 'tls',
          verdict: 'warning',
          text: `${allow}: a password without TLS: anyone who reads the network can log in to ${store}, and reads every event`,
          advice: 'Use a URL with TLS as soon as the server has it.',
        },
      ]
    : [];
}
