/** All checks, by name. A test requires a history with a finding for each check. */
export type Judges<Evidence, Found> = Readonly<Record<string, (evidence: Evidence) => readonly Found[]>>;

export function runJudges<Evidence, Found>(judges: Judges<Evidence, Found>, evidence: Evidence): Found[] {
  return Object.values(judges).flatMap((judge) => judge(evidence));
}
