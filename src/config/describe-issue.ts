import type * as v from 'valibot';
import { findNearest } from '../runtime/near-names.ts';

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  Array: 'a list',
  Object: 'an object',
  number: 'a number',
};

/**
 * What is wrong in a JSON file that a person wrote, as a sentence without its full stop. It never has a value of the file,
 * which may be a misplaced secret. @param known names of members, of which one may be meant
 */
export function describeIssue(issue: v.BaseIssue<unknown>, known: readonly string[]): string {
  const where = (issue.path ?? []).map(({ key }) =>
    typeof key === 'number' ? `entry ${key + 1}` : `"${String(key)}"`,
  );
  return `${where.length === 0 ? 'the whole' : where.join(', ')} ${describeProblem(issue, known)}`;
}

function describeProblem(issue: v.BaseIssue<unknown>, known: readonly string[]): string {
  const { type, message, expected, input, path } = issue;
  if (type === 'regex' || type === 'never') {
    return message;
  }
  if (expected === 'never') {
    const nearest = findNearest(String(path?.at(-1)?.key), known);
    return `is not known: ${nearest === undefined ? '' : `did you mean "${nearest}"? If not, `}leave it out`;
  }
  return input === undefined ? 'is missing' : `is not ${kinds[expected ?? ''] ?? 'as it should be'}`;
}
