/** By their names, written out: a test holds each to a history that makes it speak. */
export type Judges<Evidence, Found> = Readonly<Record<string, (evidence: Evidence) => readonly Found[]>>;

export function runJudges<Evidence, Found>(judges: Judges<Evidence, Found>, evidence: Evidence): Found[] {
  return Object.values(judges).flatMap((judge) => judge(evidence));
}
