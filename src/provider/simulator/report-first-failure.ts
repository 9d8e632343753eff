import { judgeAnswer, type PostResult } from './judge-answer.ts';
import type { Poster } from './poster.ts';

/** Retries take up to a day, so the first failure is reported at once, with its reason. */
export function reportFirstFailure(poster: Poster, url: URL, report: (text: string) => void): Poster {
  let isReported = false;
  return {
    ...poster,
    async post(body) {
      const result = await poster.post(body);
      if (!isReported && judgeAnswer(result) !== 'accepted') {
        isReported = true;
        report(`${url.href} ${describe(result)}`);
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
