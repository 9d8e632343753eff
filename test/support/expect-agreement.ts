import { expect } from 'vitest';
import { filterStates } from '../../src/observe/status/filter-states.ts';
import { receiverStates } from '../../src/observe/status/receiver-states.ts';
import type { StatusReport } from '../../src/observe/status/status-report.ts';
import { runCommand } from './run-command.ts';

/** Checks that the status page, the table of states and the command `status` agree. */
export async function expectAgreement(managementUrl: string, id: string, exitCode: number): Promise<void> {
  const env = { MANAGEMENT_HOST: '127.0.0.1', MANAGEMENT_PORT: new URL(managementUrl).port };
  const json = await runCommand(['status', '--json'], env);
  const { headline } = JSON.parse(json.stdout) as StatusReport;
  const { tone, runbook, ...listed } =
    [...receiverStates, ...filterStates].find((each) => each.id === id) ?? {};
  const alert = 'alert' in listed ? listed.alert : undefined;
  expect(headline).toMatchObject({ id, tone });
  expect([headline.alert, headline.runbook]).toEqual([alert, runbook]);
  const text = await runCommand(['status'], env);
  // The durations in both texts may differ by a second.
  const [words = ''] = headline.text.split(' for ');
  const [first, second] = text.stdout.split('\n');
  expect(first).toContain(`${headline.tone.toUpperCase().padEnd(7)}  ${words}`);
  if (headline.nextStep !== undefined) {
    expect(second).toMatch(/^ {9}Next step: /);
  }
  expect([json.code, text.code]).toEqual([exitCode, exitCode]);
}
