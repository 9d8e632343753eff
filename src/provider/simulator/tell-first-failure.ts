import { judgeAnswer, type PostResult } from './judge-answer.ts';
import type { Poster } from './poster.ts';

/** The provider's retries take a day: whoever waits is told at once why, and once. */
export function tellFirstFailure(poster: Poster, url: URL, tell: (text: string) => void): Poster {
  let isTold = false;
  return {
    ...poster,
    async post(body) {
      const result = await poster.post(body);
      if (!isTold && judgeAnswer(result) !== 'accepted') {
        isTold = true;
        tell(`${url.href} ${describe(result)}`);
      }
      return result;
    },
  };
}

function describe(result: PostResult): string {
  const answer = typeof result === 'number' ? `answered ${result}` : `gave no answer (${result})`;
  const why = result === 401 ? '; the receiver has another secret' : '';
  return judgeAnswer(result) === 'retry'
    ? `${answer}: it is retried on the provider's schedule, which --time-scale makes faster`
    : `${answer}: the provider would drop such data for good${why}`;
}
