import type { Judges } from './run-judges.ts';

/** What makes a judge speak, by a name for it. @returns what is otherwise than in the faithful history */
export type Spoils<Evidence> = Readonly<Record<string, (faithful: Evidence) => Partial<Evidence>>>;

export interface Histories {
  readonly judges: readonly string[];
  /** With a history of which nobody has anything to say. */
  readonly ofFaithful: readonly string[];
  readonly spoiled: readonly SpoiledHistory[];
}

interface SpoiledHistory {
  /** Who has to speak, and nobody else. */
  readonly judge: string;
  readonly what: string;
  speaking(): readonly string[];
}

/** A table of all judges of a list, with what makes each speak. */
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
