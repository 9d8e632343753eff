import { expect, test } from 'vitest';
import { listHistories } from '../faults/verdict/list-histories.ts';
import { testHistories } from '../faults/verdict/test-histories.ts';
import {
  judgeSeason,
  type SeasonEvidence,
  type Sighting,
  seasonJudges,
  type Verdict,
} from './judge-season.ts';
import { sites, stepMinutes } from './site.ts';
import type { Trouble } from './troubles.ts';

const seen: Sighting = {
  ...{ cause: 'the store is unavailable', site: 'busy shop', seenAfter: 5, seenBy: 'StoreUnavailable' },
  ...{ pagedAfter: 60, pagedBy: 'NoneReadyForHours', mustPage: true },
};
const short = { alert: 'StoreSlow', minute: 0, minutes: 60 };

function spoil(change: Partial<Verdict>): (faithful: SeasonEvidence) => SeasonEvidence {
  return ({ verdicts }) => ({ verdicts: verdicts.map((verdict) => ({ ...verdict, ...change })) });
}

testHistories(
  'of seasons',
  listHistories<SeasonEvidence, keyof typeof seasonJudges>(
    seasonJudges,
    { verdicts: [{ sightings: [seen], falsePages: [], idleTickets: [short] }] },
    {
      judgeFalsePages: {
        'a page without a trouble': spoil({ falsePages: [{ alert: 'A', severity: 'critical', minute: 1 }] }),
      },
      judgeUnseen: {
        'a trouble that no alert says': spoil({ sightings: [{ ...seen, seenAfter: undefined }] }),
        'a trouble that is seen after twelve hours': spoil({ sightings: [{ ...seen, seenAfter: 721 }] }),
      },
      judgeIdleTickets: {
        'a long ticket without a trouble': spoil({ idleTickets: [{ ...short, minutes: 70 }] }),
      },
      judgeUnpaged: {
        'a trouble that has to page': spoil({ sightings: [{ ...seen, pagedAfter: undefined }] }),
      },
    },
  ),
);

const trouble: Trouble = {
  ...{ cause: 'the store is unavailable', hours: 1, seenBy: ['StoreUnavailable'], apply: () => undefined },
  pages: { alert: 'NoneReadyForHours', at: ['busy shop'] },
};
const [site] = sites as [(typeof sites)[number]];

function judge(...firings: readonly [alert: string, severity: string, minute: number][]): Verdict {
  return judgeSeason({
    ...{ site, planned: [{ trouble, from: 2_000, to: 2_030 }] },
    firings: firings.map(([alert, severity, minute]) => ({ alert, severity, minute })),
  });
}

const fromMinute = 2_000 * stepMinutes;

test('a trouble is seen and paged by its own alerts, from its beginning on', () => {
  const { sightings, falsePages, idleTickets } = judge(
    ['StoreUnavailable', 'warning', fromMinute + 10],
    ['NoneReadyForHours', 'critical', fromMinute + 50],
  );
  expect(sightings).toMatchObject([{ seenAfter: 10, pagedAfter: 50, mustPage: true }]);
  expect([falsePages, idleTickets]).toEqual([[], []]);
});

test('what fires before it, or says something else, does not see it', () => {
  const { sightings } = judge(
    ['StoreUnavailable', 'warning', fromMinute],
    ['StoreSlow', 'warning', fromMinute + 10],
    ['NoneReadyForHours', 'warning', fromMinute + 10],
  );
  expect(sightings).toMatchObject([{ seenAfter: undefined, pagedAfter: undefined }]);
});

test('a page far from every trouble is false, and tickets that follow each other are one', () => {
  const { falsePages, idleTickets } = judge(
    ['NoneReadyForHours', 'critical', 1_000],
    ['StoreSlow', 'warning', 1_000],
    ['StoreSlow', 'warning', 1_010],
  );
  expect(falsePages).toHaveLength(1);
  expect(idleTickets).toEqual([{ alert: 'StoreSlow', minute: 1_000, minutes: 20 }]);
});
