import type { Judges } from '../faults/verdict/run-judges.ts';
import type { PlannedTrouble } from './plan-troubles.ts';
import { type Firing, lookEveryMinutes, type Season } from './run-season.ts';
import { isHoliday, stepMinutes } from './site.ts';

export interface Sighting {
  readonly cause: string;
  readonly site: string;
  /** Minutes from the start of the incident until the first of its alerts fires. `undefined` if none of them fires. */
  readonly seenAfter: number | undefined;
  readonly seenBy: string | undefined;
  readonly pagedAfter: number | undefined;
  readonly pagedBy: string | undefined;
  readonly mustPage: boolean;
}

export interface Verdict {
  readonly sightings: readonly Sighting[];
  /** Firing alerts of severity `page` that no incident explains. */
  readonly falsePages: readonly Firing[];
  /** Alerts of severity `ticket` that no incident explains. Each uninterrupted period of firing counts once. */
  readonly idleTickets: readonly Ticket[];
}

export interface Ticket {
  readonly alert: string;
  readonly minute: number;
  readonly minutes: number;
}

const halfOfTheProvidersDay = 12 * 60;
/**
 * These alerts may open a ticket even if no incident was simulated. Unauthenticated clients send signatures for an
 * hour every other day, and short outages use up the error budget.
 */
const ofTheDisturbances = ['SignatureFailures', 'ErrorBudgetBurn'];
const lastingMinutes = 60;

export interface SeasonEvidence {
  readonly verdicts: readonly Verdict[];
}

/** Checks all seasons together. Each returned text is a problem. */
export const seasonJudges = {
  judgeFalsePages: ({ verdicts }) => verdicts.flatMap(({ falsePages }) => falsePages),
  judgeUnseen: ({ verdicts }) =>
    listSightings(verdicts).filter(({ seenAfter = Infinity }) => seenAfter > halfOfTheProvidersDay),
  judgeIdleTickets: ({ verdicts }) =>
    verdicts
      .flatMap(({ idleTickets }) => idleTickets)
      .filter(({ alert, minutes }) => minutes > lastingMinutes && !ofTheDisturbances.includes(alert)),
  judgeUnpaged: ({ verdicts }) =>
    listSightings(verdicts).filter(({ mustPage, pagedAfter }) => mustPage && pagedAfter === undefined),
} satisfies Judges<SeasonEvidence, Sighting | Firing | Ticket>;

export function listSightings(verdicts: readonly Verdict[]): Sighting[] {
  return verdicts.flatMap(({ sightings }) => sightings);
}

/**
 * Time after an incident during which its alerts may still fire, because their evaluation windows have not passed yet.
 */
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
          [...each.trouble.seenBy, each.trouble.pages?.alert, each.trouble.mayPage].includes(alert),
      ),
  );
  return {
    sightings,
    falsePages: unexplained.filter(({ severity }) => severity === 'critical'),
    idleTickets: toTickets(
      unexplained.filter(
        ({ severity, minute, alert }) =>
          severity === 'warning' &&
          !planned.some((each) => isDuring(each, minute, 24 * 60)) &&
          // No deliveries arrive on the holiday, unlike a week before. No metric contains holidays, so this ticket is
          // expected.
          !(alert === 'QuieterThanLastWeek' && isHoliday(minute / stepMinutes)),
      ),
    ),
  };
}

function toTickets(firings: readonly Firing[]): Ticket[] {
  const tickets: Ticket[] = [];
  for (const { alert, minute } of firings) {
    const last = tickets.findLastIndex((each) => each.alert === alert);
    const before = tickets[last];
    if (before !== undefined && before.minute + before.minutes === minute) {
      tickets[last] = { ...before, minutes: before.minutes + lookEveryMinutes };
    } else {
      tickets.push({ alert, minute, minutes: lookEveryMinutes });
    }
  }
  return tickets;
}

function isDuring({ from, to }: PlannedTrouble, minute: number, afterMinutes: number): boolean {
  return minute > from * stepMinutes && minute <= to * stepMinutes + afterMinutes;
}
