import type { Judges } from './run-judges.ts';

/**
 * Functions that make a correct history incorrect, by name. A check must report each incorrect history. Each function
 * returns the properties that it changes.
 */
export type Spoils<Evidence> = Readonly<Record<string, (faithful: Evidence) => Partial<Evidence>>>;

export interface Histories {
  readonly judges: readonly string[];
  /** Findings of the checks in the correct history. There must be none. */
  readonly ofFaithful: readonly string[];
  readonly spoiled: readonly SpoiledHistory[];
}

interface SpoiledHistory {
  /** Name of the check that must report a finding. No other check may report one. */
  readonly judge: string;
  readonly what: string;
  speaking(): readonly string[];
}

/** Lists all checks, each with the histories in which the check must report a finding. */
export function listHistories<Evidence, Name extends string>(
  judges: Readonly<Record<Name, Judges<Evidence, unknown>[string]>>,
  faithful: Evidence,
  spoils: Readonly<Record<Name, Spoils<Evidence>>>,
): Histories {
  const speaking = (evidence: Evidence) =>
    Object.entries<Judges<Evidence, unknown>[string]>(judges)
      .filter(([, judge]) => judge(evidence).length > 0)
      .map(([name]) => name);
  return {
    judges: Object.keys(judges),
    ofFaithful: speaking(faithful),
    spoiled: Object.entries<Spoils<Evidence>>(spoils).flatMap(([judge, ways]) =>
      Object.entries(ways).map(([what, spoil]) => ({
        ...{ judge, what },
        speaking: () => speaking({ ...faithful, ...spoil(faithful) }),
      })),
    ),
  };
}
