import { expect, test } from 'vitest';
import { Trace } from '../world/trace.ts';
import { tellStory } from './tell-story.ts';

function tell(text: string, isWhole = false): string[] {
  const trace = new Trace();
  trace.add({ atMs: 1, who: 'provider', what: 'one of 1 got 200', about: () => '{"eventId":"event-1"}' });
  trace.add({ atMs: 2, who: 'provider', what: 'one of 1 got 200', about: () => '{"eventId":"event-12"}' });
  trace.add({ atMs: 3, who: 'fault', what: 'broker killed' });
  trace.add({ atMs: 4, who: 'receiver-1', what: 'starts', about: 'all' });
  trace.add({ atMs: 5, who: 'receiver-1', what: 'logs something' });
  const violations = [{ kind: 'lost', text } as const];
  const outcome = { violations, virtualMs: 5, counts: {}, trace, digest: '' };
  return tellStory(outcome, isWhole)
    .split('\n')
    .map((line) => /^ +(\S+) s.*?(?: got 200( \(event.*)?)?$/.exec(line)?.slice(1).join('') ?? line);
}

test('a story has what concerns its event, the processes and the faults, and says how much is left out', () => {
  expect(tell('acknowledged and not stored: event-1')).toEqual([
    ...['0.001', '0.003', '0.004'],
    '3 of 5 lines, those of event-1; --trace all prints the others',
  ]);
});

test('of two events a line says which of them it is about', () => {
  expect(tell('event-1 overtook event-12').slice(0, 3)).toEqual([
    ...['0.001 (event-1)', '0.002 (event-12)', '0.003'],
  ]);
});

test('where no event is named, what concerns no single one is told, and on demand everything', () => {
  expect(tell('takes nothing 10 s after the last fault').slice(0, -1)).toEqual(['0.003', '0.004', '0.005']);
  const all = ['0.001', '0.002', '0.003', '0.004', '0.005'];
  expect(tell('acknowledged and not stored: event-1', true)).toEqual(all);
});
