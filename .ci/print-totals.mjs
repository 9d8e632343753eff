// Names what failed, lists the steps, then adds up the suites' reports: "N passed, N failed". At the end of the log, where it
// is read first. Argument: the directory in which .ci/run keeps reports, the logs of the steps, and how each of them ended.
// A step that failed without a failed test counts as one.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const directory = process.argv[2];
const longestMessage = 2_000;
const lastLines = 40;
let passed = 0;
let failed = 0;
for (const name of readdirSync(join(directory, 'reports'))) {
  const report = JSON.parse(readFileSync(join(directory, 'reports', name), 'utf8'));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  for (const { name: file, status, message, assertionResults } of report.testResults) {
    const failedTests = assertionResults.filter((test) => test.status === 'failed');
    for (const { fullName, failureMessages } of failedTests) {
      console.log(`\nFAILED ${file}: ${fullName}\n${failureMessages.join('\n').slice(0, longestMessage)}`);
    }
    if (status === 'failed' && failedTests.length === 0) {
      console.log(`\nFAILED ${file}\n${message.slice(0, longestMessage)}`);
    }
  }
}
const steps = readFileSync(join(directory, 'steps'), 'utf8').trimEnd();
const failedSteps = [...steps.matchAll(/^=== (.*): FAILED \(\d+ s\)$/gm)].map(([, step]) => step);
const logs = readdirSync(join(directory, 'logs'));
for (const step of failedSteps.filter((name) => logs.includes(name.replaceAll(' ', '-')))) {
  const lines = readFileSync(join(directory, 'logs', step.replaceAll(' ', '-')), 'utf8').trimEnd().split('\n');
  console.log(`\nFAILED step: ${step}. The last that it printed:\n${lines.slice(-lastLines).join('\n')}`);
}
failed = Math.max(failed, failedSteps.length);
console.log(`\n${steps}\n\n${passed} passed, ${failed} failed`);
process.exit(passed > 0 && failed === 0 ? 0 : 1);
