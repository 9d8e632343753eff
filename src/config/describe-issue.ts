import type * as v from 'valibot';

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  Array: 'a list',
  Object: 'an object',
  number: 'a number',
};

/**
 * What is wrong in a JSON file that a person wrote, as a sentence without its full stop. It never has a value of the file,
 * which may be a misplaced secret.
 */
export function describeIssue(issue: v.BaseIssue<unknown>): string {
  const where = (issue.path ?? []).map(({ key }) =>
    typeof key === 'number' ? `entry ${key + 1}` : `"${String(key)}"`,
  );
  return `${where.length === 0 ? 'the whole' : where.join(', ')} ${describeProblem(issue)}`;
}

function describeProblem({ type, message, expected, input }: v.BaseIssue<unknown>): string {
  if (type === 'regex' || type === 'never') {
    return message;
  }
  if (expected === 'never') {
    return 'is not known: leave it out';
  }
  return input === undefined ? 'is missing' : `is not ${kinds[expected ?? ''] ?? 'as it should be'}`;
}
