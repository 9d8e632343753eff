import { describe, expect, test } from 'vitest';
import { fuzzRequests } from './fuzz-requests.ts';
import { judgeConnection, judgeLog } from './judge-connection.ts';

test('random bytes and pieces of requests get no false 2xx, and harm neither the receiver nor its genuine sender', async () => {
  const seed = Math.floor(Math.random() * 1e6);
  const isEnough = (connections: number) => connections >= 600;
  const { statuses, stored, residentMib, problems } = await fuzzRequests({ seed, isEnough });
  expect(problems, `seed ${seed}`).toEqual([]);
  // On a busy machine, the response to a stored delivery may come after the client has stopped waiting.
  expect(stored).toBeGreaterThan(10);
  expect([...statuses.keys()]).toEqual(expect.arrayContaining(['401', '503']));
  expect(residentMib.most).toBeLessThan(350);
});

describe('the judge of the request fuzzer', () => {
  const answer = (status: number, body: string, type = 'application/json') =>
    `HTTP/1.1 ${status} X\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const judge = (answers: string, stored: readonly string[], signedBodies = ['{"eventId":"c1-1"}']) =>
    judgeConnection({ label: 'c1', signedBodies, answers }, stored);
  const ok = answer(200, '{"accepted":1,"deadLettered":0}');

  test('is content with what is stored, with a page, and with what OPTIONS is told', () => {
    expect(judge(ok + answer(200, 'It is up.', 'text/plain; charset=utf-8'), ['{"eventId":"c1-1"}'])).toEqual(
      [],
    );
    expect(judge(answer(503, '{}'), ['{"eventId":"c1-1"}'])).toEqual([]);
    expect(judge('HTTP/1.1 200 OK\r\nAllow: GET, POST\r\nContent-Length: 0\r\n\r\n', [])).toEqual([]);
  });

  test.each([
    ['an acknowledgement of what is not stored', ok, []],
    ['two acknowledgements of one record', ok + ok, ['{"eventId":"c1-1"}']],
    ['a 2xx without a word of what was stored', answer(204, ''), []],
    ['400', answer(400, '{}'), []],
    ['500', answer(500, '{}'), []],
    ['a record that nobody has signed', '', ['{"eventId":"c1-2"}']],
  ])('finds %s', (_what, answers, stored) => {
    expect(judge(answers, stored)).toHaveLength(1);
  });

  test('finds errors and stack traces in the log', () => {
    const lines = ['{"level":"info","msg":"a"}', '{"level":"error","msg":"b"}', '    at f (x.ts:1:1)', ''];
    expect(judgeLog(lines.join('\n'))).toHaveLength(2);
  });
});
