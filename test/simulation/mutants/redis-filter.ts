import type { Mutant } from './mutant.ts';

/** What keeps the revision filter on Redis alive, undone. */
export const mutants: readonly Mutant[] = [
  {
    name: 'dead member not relieved',
    file: 'redis/filter/redis-filter.ts',
    find: '(await apply(await group.claim(sessionTimeoutMs))) === 0',
    replace: '(await apply([])) === 0',
    why: 'What a member had when it died is never applied.',
  },
  {
    name: 'silent server kept',
    file: 'redis/open-redis.ts',
    find: 'client.close(new RedisError(',
    replace: 'void (new RedisError(',
    why: 'A filter whose server says nothing any more waits for ever.',
  },
  {
    name: 'filter by the machine’s clock',
    file: 'redis/open-redis.ts',
    find: 'waiting > 0 && performance.now() - movedAt > answerTimeoutMs',
    replace: 'waiting > 0 && Date.now() - movedAt > answerTimeoutMs',
    why: 'Every answer counts as late.',
  },
];
