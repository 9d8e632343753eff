import type * as v from 'valibot';
import { findNearest } from '../runtime/similar-names.ts';

const issueKindNames: Readonly<Record<string, string>> = {
  string: 'text',
  Array: 'a list',
  Object: 'an object',
  number: 'a number',
};

/**
 * Describes a schema violation in a JSON file, as a sentence without a full stop. The sentence never quotes a value
 * from the file, because any value may be a misplaced secret.
 *
 * @param known names of members to suggest
 */
export function describeIssue(issue: v.BaseIssue<unknown>, known: readonly string[]): string {
  const memberPath = (issue.path ?? []).map(({ key }) =>
    typeof key === 'number' ? `entry ${key + 1}` : `"${String(key)}"`,
  );
  return `${memberPath.length === 0 ? 'the document' : memberPath.join(', ')} ${describeProblem(issue, known)}`;
}

function describeProblem(issue: v.BaseIssue<unknown>, known: readonly string[]): string {
  const { type, message, expected, input, path } = issue;
  if (type === 'regex') {
    return message;
  }
  if (expected === 'never') {
    const nearest = findNearest(String(path?.at(-1)?.key), known);
    return `is unknown: ${nearest === undefined ? '' : `did you mean "${nearest}"? If not, `}remove it`;
  }
  return input === undefined
    ? 'is missing'
    : `is not ${issueKindNames[expected ?? ''] ?? 'of the expected type'}`;
}
