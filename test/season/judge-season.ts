import type { PlannedTrouble } from './plan-troubles.ts';
import type { Firing, Season } from './run-season.ts';
import { stepMinutes } from './site.ts';

export interface Sighting {
  readonly cause: string;
  readonly site: string;
  /** Minutes from its beginning until an alert that says so; `undefined`: none did. */
  readonly seenAfter: number | undefined;
  readonly seenBy: string | undefined;
  readonly pagedAfter: number | undefined;
  readonly pagedBy: string | undefined;
  readonly mustPage: boolean;
}

export interface Verdict {
  readonly sightings: readonly Sighting[];
  /** Pages that no trouble explains. */
  readonly falsePages: readonly Firing[];
  /** Tickets that no trouble explains. */
  readonly idleTickets: readonly Firing[];
}

/** What a trouble leaves behind may fire for so long: windows have to run out. */
const afterglowMinutes = 75;

export function judgeSeason({ site, planned, firings }: Season): Verdict {
  const visible = planned.filter(({ trouble }) => trouble.at?.includes(site.name) ?? true);
  const sightings = visible.map((each): Sighting => {
    const { trouble } = each;
    const during = firings.filter(({ minute }) => isDuring(each, minute, 10));
    const seen = during.find(({ alert }) => trouble.seenBy.includes(alert));
    const paged = during.find(
      ({ alert, severity }) => severity === 'critical' && alert === trouble.pages?.alert,
    );
    const after = (firing: Firing | undefined) => firing && firing.minute - each.from * stepMinutes;
    return {
      cause: trouble.cause,
      site: site.name,
      seenAfter: after(seen),
      seenBy: seen?.alert,
      pagedAfter: after(paged),
      pagedBy: paged?.alert,
      mustPage: trouble.pages?.at.includes(site.name) ?? false,
    };
  });
  const unexplained = firings.filter(
    ({ alert, minute }) =>
      !planned.some(
        (each) =>
          isDuring(each, minute, afterglowMinutes) &&
          (each.trouble.seenBy.includes(alert) || each.trouble.pages?.alert === alert),
      ),
  );
  return {
    sightings,
    falsePages: unexplained.filter(({ severity }) => severity === 'critical'),
    idleTickets: unexplained.filter(
      ({ severity, minute }) =>
        severity === 'warning' && !planned.some((each) => isDuring(each, minute, 24 * 60)),
    ),
  };
}

function isDuring({ from, to }: PlannedTrouble, minute: number, afterMinutes: number): boolean {
  return minute > from * stepMinutes && minute <= to * stepMinutes + afterMinutes;
}
