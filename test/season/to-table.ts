import type { Sighting } from './judge-season.ts';
import { sites } from './site.ts';

/** Formats causes, times, alerts and runbooks as CSV. The times are the longest ones, in steps of ten minutes. */
export function toTable(
  sightings: readonly Sighting[],
  runbookOf: ReadonlyMap<string, string>,
): readonly string[] {
  const causes = [...new Set(sightings.map(({ cause }) => cause))].toSorted();
  const rows = causes.map((cause) => {
    const ofCause = sightings.filter((each) => each.cause === cause);
    const seenBy = [...new Set(ofCause.flatMap(({ seenBy: alert }) => alert ?? []))];
    const pagedBy = [...new Set(ofCause.flatMap(({ pagedBy: alert }) => alert ?? []))];
    const cells = sites.map(({ name }) => {
      const ofSite = ofCause.filter(({ site }) => site === name);
      const seen = longest(ofSite.map(({ seenAfter }) => seenAfter));
      const paged = longest(ofSite.map(({ pagedAfter }) => pagedAfter));
      if (ofSite.length === 0) {
        return 'skipped';
      }
      return paged === undefined ? format(seen) : `${format(seen)}, page ${format(paged)}`;
    });
    const names = [...new Set([...seenBy, ...pagedBy])];
    const runbooks = [...new Set(names.map((name) => runbookOf.get(name) ?? ''))];
    return [cause, ...cells, names.join(' '), runbooks.join(' ')];
  });
  const head = ['cause', ...sites.map(({ name }) => name), 'alert', 'runbook'];
  return [head, ...rows].map((cells) => cells.map(quote).join(','));
}

function quote(cell: string): string {
  return cell.includes(',') ? `"${cell}"` : cell;
}

function longest(minutes: readonly (number | undefined)[]): number | undefined {
  const known = minutes.filter((each) => each !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function format(minutes: number | undefined): string {
  if (minutes === undefined) {
    return 'not seen';
  }
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return hours === 0 ? `${rest} min` : rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}
