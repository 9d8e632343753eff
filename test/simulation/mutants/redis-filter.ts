import type { Mutant } from './mutant.ts';

/** What keeps the revision filter on Redis alive, undone. */
export const mutants: readonly Mutant[] = [
  {
    name: 'dead member not relieved',
    file: 'stores/redis/filter/redis-filter.ts',
    find: '(await apply(await group.claim(sessionTimeoutMs))) === 0',
    replace: '(await apply([])) === 0',
    why: 'What a member had when it died is never applied.',
  },
  {
    name: 'silent server kept',
    file: 'stores/redis/open-redis.ts',
    find: 'client.close(new RedisError(',
    replace: 'void (new RedisError(',
    why: 'A filter whose server says nothing any more waits for ever.',
  },
  {
    name: 'filter by the machine’s clock',
    file: 'stores/redis/open-redis.ts',
    find: 'waiting > 0 && performance.now() - movedAt > answerTimeoutMs',
    replace: 'waiting > 0 && Date.now() - movedAt > answerTimeoutMs',
    why: 'Every answer counts as late.',
  },
  {
    name: 'revisions compared as text',
    file: 'stores/redis/filter/apply-entry.ts',
    find: 'if #revision < #known or (#revision == #known and revision < known) then',
    replace: 'if revision < known then',
    why: 'Revision 10 is obsolete after 9.',
  },
  {
    name: 'acknowledged before it is applied',
    file: 'stores/redis/filter/apply-entry.ts',
    find: "redis.call('XACK', stream, group, '0-0')",
    replace: "redis.call('XACK', stream, group, id)",
    why: 'Each entry counts as done by somebody else.',
  },
  {
    name: 'a revision is forgotten',
    file: 'stores/redis/filter/apply-entry.ts',
    find: "redis.call('HSET', target, 'revision', revision)",
    replace: "redis.call('HSET', target, 'revision', known or revision)",
    why: 'A state keeps the revision of the first one, and an obsolete one takes its place.',
  },
  {
    name: 'left with what is not acknowledged',
    file: 'stores/redis/filter/entry-group.ts',
    find: "if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) == 0 then",
    replace: 'if true then',
    why: 'The group loses the entries of a member that leaves.',
  },
  {
    name: 'a name that is taken stops the whole filter',
    file: 'stores/redis/filter/apply-entries.ts',
    find: "      if (error.kind !== 'type') {\n        throw error;\n      }\n",
    replace: '      throw error;\n',
    why: 'no other entity has states until somebody renames it',
  },
];
