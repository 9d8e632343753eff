// Names what failed, then adds up the suites' reports: "N passed, N failed". At the end of the log, where it is read first.
// Arguments: the directory of the reports, the directory of what each step printed, then the names of the steps that failed.
// A step that failed without a failed test counts as one.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [directory, logs, ...failedSteps] = process.argv.slice(2);
const longestMessage = 2_000;
const lastLines = 40;
let passed = 0;
let failed = 0;
for (const name of readdirSync(directory)) {
  const report = JSON.parse(readFileSync(join(directory, name), 'utf8'));
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
for (const step of failedSteps) {
  const lines = readFileSync(join(logs, step.replaceAll(' ', '-')), 'utf8').trimEnd().split('\n');
  console.log(`\nFAILED step: ${step}. The last that it printed:\n${lines.slice(-lastLines).join('\n')}`);
}
failed = Math.max(failed, failedSteps.length);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(passed > 0 && failed === 0 ? 0 : 1);
