import type { Mutant } from './mutant.ts';

/** Each step that a record takes to Redis, and the mends of its connections, circuits and clocks undone. */
export const mutants: readonly Mutant[] = [
  {
    name: 'confirmation ignored',
    file: 'stores/redis/write-batches.ts',
    find: 'result instanceof RedisError || missing !== undefined',
    replace: 'result instanceof RedisError',
    why: 'What is written and not on a disk is acknowledged, and a power cut takes it.',
  },
  {
    name: 'identifiers not looked at',
    file: 'stores/redis/write-batches.ts',
    find: 'return reply.every(isEntryId)',
    replace: 'return reply.length > 0',
    why: 'An answer that names no entry counts as stored.',
  },
  {
    name: 'records not in a transaction',
    file: 'stores/redis/write-batches.ts',
    find: "const calls = isAlone ? [add(only)] : [client.call(['MULTI']), ...records.map(add), client.call(['EXEC'])];\n  const settled = await Promise.allSettled(calls);",
    replace:
      "const calls = records.map(add);\n  const settled = await Promise.allSettled(calls);\n  if (!isAlone) settled.push({ status: 'fulfilled', value: settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])) });",
    why: 'A server that refuses one record for the moment stores what stands behind it.',
  },
  {
    name: 'old primary kept',
    file: 'stores/redis/redis-error.ts',
    find: "role: { action: 'retry', failure: 'protocol' },",
    replace: "role: { action: 'retry' },",
    why: 'After a failover the connection still leads to the server that is a replica now.',
  },
  {
    name: 'circuit without a trial',
    file: 'stores/append/lane.ts',
    find: 'this.#trials.start();',
    replace: '',
    why: 'A circuit that opens while a good connection stands never closes.',
  },
  {
    name: 'stream without a trial',
    file: 'stores/append/create-queue.ts',
    find: 'onOpen: () => trials.start()',
    replace: 'onOpen: () => {}',
    why: 'A stream whose name was taken once is never tried again.',
  },
  {
    name: 'connection not made again',
    file: 'stores/append/connection-keeper.ts',
    find: '      deps.onDiscard(cause);\n      connectLater();',
    replace: '      deps.onDiscard(cause);',
    why: 'A connection that has ended is not replaced.',
  },
  {
    name: 'put back at the tail',
    file: 'stores/append/partition-queue.ts',
    find: 'this.#entries = undecided.concat(this.#entries);',
    replace: 'this.#entries = this.#entries.concat(undecided);',
    why: 'A record that is sent again comes behind a later one of its key.',
  },
  {
    name: 'circuit by the machine’s clock',
    file: 'stores/append/circuit.ts',
    find: 'export function createCircuit({ clock, settings, onChange }: CircuitDeps): Circuit {',
    replace:
      'export function createCircuit({ clock: machine, settings, onChange }: CircuitDeps): Circuit {\n  const clock = { now: () => machine.epochMs() };',
    why: 'A clock that is set back keeps the circuit open.',
  },
];
