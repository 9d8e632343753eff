import type { OddConnection } from './send-odd-requests.ts';

const head = /HTTP\/1\.1 (\d{3}) [\s\S]*?\r\n\r\n/g;
const accepted = /\{"accepted":(\d+),"deadLettered":(\d+)\}/g;

/** Statuses that mean an unexpected error, or that make the provider give up. */
const forbidden = new Set(['400', '500']);

export function statusesOf({ answers }: OddConnection): readonly string[] {
  return [...answers.matchAll(head)].map(([, status = '']) => status);
}

/**
 * Checks whether the responses on a connection are correct.
 *
 * @param stored values of all records with the connection's label
 * @returns a sentence for each violation
 */
export function judgeConnection(connection: OddConnection, stored: readonly string[]): readonly string[] {
  const { answers, signedBodies, label } = connection;
  const problems: string[] = [];
  let promised = 0;
  let acceptances = 0;
  for (const [, events, deadLetters] of answers.matchAll(accepted)) {
    promised += Number(events) + Number(deadLetters);
    acceptances += 1;
  }
  if (promised > stored.length) {
    problems.push(`${label}: ${promised} records were acknowledged, ${stored.length} are stored`);
  }
  const positive = [...answers.matchAll(head)].filter(([, status]) => status?.startsWith('2'));
  // The only other 2xx responses are the landing page and the response to OPTIONS.
  const deliveries = positive.filter(([text]) => !/\r\n(?:content-type: text\/plain|allow: )/i.test(text));
  if (deliveries.length > acceptances) {
    problems.push(`${label}: ${deliveries.length} times 2xx, ${acceptances} times with what was stored`);
  }
  for (const status of statusesOf(connection).filter((each) => forbidden.has(each))) {
    problems.push(`${label}: ${status}`);
  }
  for (const value of stored.filter((each) => !signedBodies.some((body) => body.includes(each)))) {
    problems.push(`${label}: stored and never signed: ${value.slice(0, 200)}`);
  }
  return problems;
}

const quietLine = /^\{"level":"(?:trace|debug|info|warn)",.*\}$/;

/** Matches a logged error that is not a defect: a client disconnected before its response was written. */
const goneClient = /"message":"(?:write EPIPE|(?:read|write) ECONNRESET)"/;

/** Finds lines that are not JSON, such as stack traces, and errors. */
export function judgeLog(log: string): readonly string[] {
  return log
    .split('\n')
    .filter((line) => line !== '' && !quietLine.test(line) && !goneClient.test(line))
    .map((line) => `log: ${line.slice(0, 500)}`);
}
