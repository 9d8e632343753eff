import type { ApplyResult } from '../provider/registration/apply-registration.ts';
import type { AvailableEvent } from '../provider/registration/registration.ts';
import { formatTable } from './format-table.ts';

interface Context {
  readonly name: string;
  readonly dryRun: boolean;
  readonly deleting: boolean;
}

/** What was done to the registration, or would be. */
export function formatApplyResult(result: ApplyResult, { name, dryRun, deleting }: Context): string {
  const { action, id, changes, secretUnknown } = result;
  const who = `"${name}"${id === undefined ? '' : ` (${id})`}`;
  const lines =
    action === 'none'
      ? [deleting ? `${who}: there is no such registration, nothing to delete` : `${who}: unchanged`]
      : [`${who}: ${dryRun ? `would be ${pastOf[action]}` : pastOf[action]}`];
  lines.push(...changes.map(({ text }) => `  ${text}`));
  if (secretUnknown) {
    lines.push('  secret: the provider does not show which one it has; --set-secret writes it');
  }
  return `${lines.join('\n')}\n`;
}

const pastOf = { create: 'created', update: 'updated', delete: 'deleted' } as const;

export function formatAvailableEvents(events: readonly AvailableEvent[]): string {
  const rows = events
    .toSorted((a, b) => (a.type < b.type ? -1 : 1))
    .map(({ type, description = '', filters }) => {
      const names = filters.map(({ name, required }) => (required === true ? `${name} (required)` : name));
      return [type, `${description}${names.length === 0 ? '' : ` [filters: ${names.join(', ')}]`}`];
    });
  return formatTable(rows);
}
