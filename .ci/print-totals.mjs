// Summarizes the reports of the suites and the logs of the steps. It prints failures in detail first, then the steps with one line
// for each failure, and the sum: "N passed, N failed". The summary comes last, because the end of a long log is always visible.
// Argument: the directory in which .ci/run keeps the reports, the logs of the steps, and their results. A step that failed without a
// failed test counts as one failure. A step without a test report that passed, such as "npm run check", is not counted.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const directory = process.argv[2];
const longestMessage = 2_000;
const longestLine = 300;
const mostLines = 12;
const mostOfOneHeading = 3;

const read = (...names) => stripVTControlCharacters(readFileSync(join(directory, ...names), 'utf8')).trimEnd();
const toFileName = (step) => step.replaceAll(' ', '-');
const steps = read('steps');
const failedSteps = [...steps.matchAll(/^=== (.*): FAILED \(\d+ s\)$/gm)].map(([, step]) => step);
const logs = readdirSync(join(directory, 'logs'));
const reports = readdirSync(join(directory, 'reports')).map((name) => ({
  name: name.replace('.json', ''),
  ...JSON.parse(read('reports', name)),
}));

/** Failed tests of a report, and its files that could not be run. */
function findFailures({ name, testResults }) {
  return testResults.flatMap(({ name: path, status, message, assertionResults }) => {
    const file = path.replace(/^.*\/(?=test\/)/, '');
    const failed = assertionResults
      .filter((test) => test.status === 'failed')
      .map(({ fullName, failureMessages }) => ({
        what: `${name}: ${file}: ${fullName}`,
        message: failureMessages.join('\n'),
      }));
    return status === 'failed' && failed.length === 0 ? [{ what: `${name}: ${file}`, message }] : failed;
  });
}

/** Lines of a log that are marked with "!" or "FAILED", each after its heading. Without such marks, the end of the log. */
function findMarked(step) {
  const lines = logs.includes(toFileName(step)) ? read('logs', toFileName(step)).split('\n') : [];
  const marked = [];
  let heading = '';
  let ofHeading = 0;
  for (const line of lines.map((each) => each.replace(/^\d\d:\d\d:\d\d /, ''))) {
    if (/^\s*(! |FAILED)/.test(line)) {
      ofHeading += 1;
      if (ofHeading <= mostOfOneHeading) {
        marked.push(`${heading}: ${line.trim()}`);
      }
    } else if (/^\S/.test(line)) {
      heading = line;
      ofHeading = 0;
    }
  }
  return marked.length > 0 ? marked : lines.slice(-mostLines);
}

let passed = 0;
let failed = 0;
for (const { numPassedTests } of reports) {
  passed += numPassedTests;
}
const found = failedSteps.map((step) => {
  const failures = reports.filter(({ name }) => name.startsWith(toFileName(step))).flatMap(findFailures);
  failed += Math.max(1, failures.length);
  for (const { what, message } of failures) {
    console.log(`\n${what}\n${message.slice(0, longestMessage)}`);
  }
  const lines = failures.map(({ what, message }) => `${what}: ${message.split('\n')[0]}`);
  return { step, lines: lines.length > 0 ? lines : findMarked(step) };
});
console.log(`\n${steps}\n`);
for (const { step, lines } of found) {
  console.log(`FAILED ${step}`);
  for (const line of lines.slice(0, mostLines)) {
    console.log(`  ${line.slice(0, longestLine)}`);
  }
  if (lines.length > mostLines) {
    console.log(`  and ${lines.length - mostLines} more`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
