import type { Variable } from './variables.ts';

/** An address that paths are appended to, without slashes at its end. `hint` says what to give instead. */
export function baseUrlVariable(name: string, hint: string): Variable<string | undefined> {
  return {
    name,
    fallback: undefined,
    parse(text) {
      const problem = findBaseUrlProblem(text);
      return { value: text.replace(/(?<!\/)\/+$/, ''), problem: problem && `${problem}. ${hint}` };
    },
  };
}

/**
 * Why paths cannot be appended to a URL, as a half sentence; `undefined` when they can. The URL is never quoted: it may
 * hold a password.
 */
export function findBaseUrlProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    return 'is not an http:// or https:// URL';
  }
  if (url.username !== '' || url.password !== '') {
    return 'holds a user name or a password, which would be shown and logged';
  }
  // An empty query leaves no trace in the parsed URL.
  return /[?#]/.test(text) ? 'has a query or a fragment: no path can follow it' : undefined;
}
