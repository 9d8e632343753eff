/** All checks, by name. A test requires that each check has a history in which it reports a finding. */
export type Judges<Evidence, Found> = Readonly<Record<string, (evidence: Evidence) => readonly Found[]>>;

export function runJudges<Evidence, Found>(judges: Judges<Evidence, Found>, evidence: Evidence): Found[] {
  return Object.values(judges).flatMap((judge) => judge(evidence));
}
