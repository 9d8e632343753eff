import type { Mutant, Rule } from './mutant.ts';

/** A change that no user of the program can see. A person has looked at it. */
interface Equivalent {
  readonly file: string;
  readonly rule: Rule;
  /** The line as it stands in the code, without the blanks around it. */
  readonly line: string;
  /** What is changed in it, where the rule changes other things of the line, too. */
  readonly changed?: string;
  readonly why: string;
}

export const equivalents: readonly Equivalent[] = [
  {
    file: 'filter/entity-table.ts',
    rule: 'constant',
    line: '#sweepAt = 0;',
    why: 'The sweep goes round, wherever it begins.',
  },
  {
    file: 'http/server/create-web-server.ts',
    rule: 'constant',
    line: 'const requestTimeout = requestBudgetMs + 1_000;',
    why: 'node:http looks once in a second.',
  },
  {
    file: 'http/server/listen.ts',
    rule: 'constant',
    line: 'const backlog = 8_192;',
    why: 'The kernel has a lower limit of its own, and rounds.',
  },
  {
    file: 'stores/journal/read-journal-records.ts',
    rule: 'constant',
    line: 'const start = segment === current ? (this.#position?.offset ?? 0) : 0;',
    changed: '0',
    why: 'Where there is a current segment, there is a position.',
  },
  {
    file: 'stores/kafka/consume/filter/topic-descriptions.ts',
    rule: 'constant',
    line: 'const { findings } = judgeTopic({ ...expected, topic, largestValueBytes: 0 }, facts, [events]);',
    why: 'Every topic takes a value of one byte.',
  },
  {
    file: 'stores/kafka/produce/lane-set.ts',
    rule: 'constant',
    line: 'const severity: Readonly<Record<CircuitState, number>> = { closed: 0, half_open: 1, open: 2 };',
    changed: '2',
    why: 'It is the highest of three either way.',
  },
  {
    file: 'stores/kafka/wire/decompress-lz4.ts',
    rule: 'comparison',
    line: 'if (length > shortBytes) {',
    why: 'Both ways copy the same bytes.',
  },
  {
    file: 'stores/kafka/wire/write-record-batch.ts',
    rule: 'constant',
    line: 'record.body === undefined ? (record.value?.length ?? 0) + 256 : record.body.length + 8,',
    why: 'It is a guess, and what was guessed wrongly is moved.',
  },
  {
    file: 'stores/spool/spool.ts',
    rule: 'comparison',
    line: 'const isFull = bytes >= maxBytes * deliveriesShare;',
    why: 'Nobody counts on the last byte before the bound.',
  },
  {
    file: 'runtime/release-bytes.ts',
    rule: 'constant',
    line: 'buffer.transfer(0);',
    why: 'Nobody reads the bytes any more: their memory goes at once, whether one byte of it is left or none.',
  },
  {
    file: 'stores/append/lane-request.ts',
    rule: 'comparison',
    line: 'for (let i = 0; i < queues.length && records < maxRecords && bytes < maxBytes; i += 1) {',
    changed: 'records < maxRecords',
    why: 'A queue that is asked for no record gives none.',
  },
  {
    file: 'stores/append/lane.ts',
    rule: 'constant',
    line: 'return this.#keeper.current()?.throttledUntil() ?? 0;',
    why: 'A pause until the first millisecond of the clock is over, too.',
  },
  {
    file: 'stores/journal/segment-writer.ts',
    rule: 'constant',
    line: 'const defaultMaxSegmentBytes = 128 * 1024 * 1024;',
    why: 'Nobody counts on a segment of just that length.',
  },
  {
    file: 'stores/kafka/consume/filter/fetch-batch.ts',
    rule: 'comparison',
    line: 'return recordSet.length < lengthEndsAt || recordSet.length < lengthEndsAt + recordSet.readInt32BE(8);',
    changed: 'recordSet.length < lengthEndsAt',
    why: 'A batch of which just the length is there is cut short by its length, too.',
  },
  {
    file: 'stores/kafka/wire/decompress-lz4.ts',
    rule: 'comparison',
    line: 'if (needed > this.#bytes.length) {',
    why: 'A buffer that grows when it is just full has the same bytes.',
  },
  {
    file: 'stores/kafka/wire/decompress-lz4.ts',
    rule: 'constant',
    line: 'const output = new GrowingOutput(data.length * 4);',
    why: 'How large the first buffer is changes no byte.',
  },
  {
    file: 'stores/kafka/wire/decompress-lz4.ts',
    rule: 'constant',
    line: 'const flags = { contentSize: 0x08, blockChecksum: 0x10 } as const;',
    changed: '0x10',
    why: 'The bit beside it is of frames with a dictionary, which cannot be read either way.',
  },
  {
    file: 'stores/kafka/wire/decompress-lz4.ts',
    rule: 'comparison',
    line: 'if (size >= uncompressedBit) {',
    why: 'They differ for a block without a byte, which becomes nothing either way.',
  },
  {
    file: 'stores/kafka/wire/wire-writer.ts',
    rule: 'constant',
    line: 'this.ensure(length * 3 + 5);',
    why: 'How far a buffer grows ahead changes no byte of it.',
  },
  {
    file: 'stores/append/lane.ts',
    rule: 'comparison',
    line: 'if (throttledUntil > now) {',
    why: 'A pause until just now is over at once, too.',
  },
  {
    file: 'stores/append/circuit.ts',
    rule: 'constant',
    line: 'const leastDelayMs = 50;',
    why: 'Nobody waits for just one millisecond less.',
  },
  {
    file: 'filter/topics-gate.ts',
    rule: 'constant',
    line: 'const retryMs = 2_000;',
    why: 'Nobody waits for just one millisecond less.',
  },
  {
    file: 'stores/kafka/consume/filter/acquire-partition.ts',
    rule: 'constant',
    line: 'const callTimeoutMs = 20_000;',
    why: 'No broker answers within just the last millisecond.',
  },
  {
    file: 'stores/kafka/cluster/client/group-requests.ts',
    rule: 'constant',
    line: 'const rebalanceTimeoutMs = 30_000;',
    why: 'No member joins within just the last millisecond.',
  },
  {
    file: 'stores/journal/journal-segment.ts',
    rule: 'constant',
    line: 'const blockBytes = 64 * 1024;',
    changed: '64',
    why: 'Blocks of another length are read as well.',
  },
  {
    file: 'stores/kafka/cluster/topics/topic-settings.ts',
    rule: 'constant',
    line: 'const dayMs = 86_400_000;',
    why: 'Of ten thousand days nobody counts the last seconds.',
  },
  {
    file: 'http/server/limit-connections.ts',
    rule: 'comparison',
    line: 'for (const socket of excess > 0 ? inOrderOfLeaving(living, maxConnections) : []) {',
    why: 'When none is too many, the first look at it in the loop ends it.',
  },
  {
    file: 'webhook/explain/near-bodies.ts',
    rule: 'comparison',
    line: 'for (let at = 0; at < bytes.length; at += chunkBytes) {',
    why: 'A chunk without a byte adds none.',
  },
  {
    file: 'http/server/limit-pipelining.ts',
    rule: 'constant',
    line: 'this[unanswered] = 0;',
    why: 'An answer that closes after its connection takes nothing from the count of those that wait, at 1 either.',
  },
  {
    file: 'webhook/explain/near-bodies.ts',
    rule: 'comparison',
    line: 'for (let at = 0; at < bytes.length; at += 1) {',
    why: 'A byte behind the end of a buffer is not written.',
  },
  {
    file: 'webhook/explain/signature-form.ts',
    rule: 'comparison',
    line: 'if (header.length > maxHeaderLength) {',
    why: 'The longest form is shorter; the bound is one of cost.',
  },
  {
    file: 'stores/kafka/wire/decompress-lz4.ts',
    rule: 'constant',
    line: 'const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));',
    why: 'How far a buffer grows ahead changes no byte of it.',
  },
  {
    file: 'stores/kafka/cluster/kafkajs/oauth/client-credentials.ts',
    rule: 'constant',
    line: 'readText(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);',
    why: 'An answer to a request of node:http has a status.',
  },
  {
    file: 'stores/kafka/cluster/kafkajs/kafkajs-broker.ts',
    rule: 'comparison',
    line: 'spare = writer.bytes.length <= largestKeptBytes ? writer : undefined;',
    why: 'A buffer of just that length is made anew, and has the same bytes.',
  },
  {
    file: 'http/server/create-web-server.ts',
    rule: 'constant',
    line: 'const lingerMs = 1_000;',
    why: 'Nobody waits for just one millisecond less.',
  },
  {
    file: 'webhook/event-key.ts',
    rule: 'arithmetic',
    line: 'const length = end - start - 2;',
    changed: 'end - start - 2',
    why: 'What is remembered is not found then, and read again: the same text.',
  },
  {
    file: 'webhook/event-key.ts',
    rule: 'arithmetic',
    line: 'if (length !== member.lastText.length || !isTextAt(text, start + 1, member.lastText)) {',
    why: 'What is remembered is not found then, and read again: the same text.',
  },
  {
    file: 'stores/kafka/consume/read-back.ts',
    rule: 'constant',
    line: "sampler.signal.addEventListener('abort', () => client.close(), { once: true });",
    why: 'A signal aborts once.',
  },
  {
    file: 'runtime/available-memory.ts',
    rule: 'constant',
    line: 'return Math.min(constrained > 0 ? constrained : total, total, 2 * getHeapStatistics().heap_size_limit);',
    changed: '0',
    why: 'No control group has a limit of one byte.',
  },
  {
    file: 'stores/kafka/consume/filter/group-membership.ts',
    rule: 'constant',
    line: 'const retryDelayMs = { first: 200, last: 2_000 };',
    why: 'Nobody waits for just one millisecond less.',
  },
  {
    file: 'stores/kafka/cluster/retry-answers.ts',
    rule: 'constant',
    line: 'const slowMs = 2_000;',
    why: 'Nobody waits for just one millisecond less.',
  },
  {
    file: 'stores/kafka/consume/read-kafka-records.ts',
    rule: 'constant',
    line: 'const roundBytes = 8 * 1024 * 1024;',
    changed: '1024',
    why: 'The bound is one of memory: nobody counts on its last thousandth.',
  },
  {
    file: 'http/read-body.ts',
    rule: 'constant',
    line: 'const usualHeadBytes = 8 * 1024;',
    changed: '1024',
    why: 'The bound is one of memory: nobody counts on its last thousandth.',
  },
  {
    file: 'stores/kafka/wire/write-record-batch.ts',
    rule: 'constant',
    line: 'const writer = new WireWriter(256 + (parts.value?.length ?? 0));',
    why: 'How large the first buffer is changes no byte.',
  },
  {
    file: 'webhook/json-tokens.ts',
    rule: 'constant',
    line: 'const isPlain = Uint8Array.from({ length: 256 }, (_unused, byte) =>',
    why: 'No byte is 256.',
  },
  {
    file: 'webhook/json-tokens.ts',
    rule: 'comparison',
    line: 'for (let at = start; at < end; at += 1) {',
    why: 'What is not ASCII is looked at as UTF-8, with the same answer.',
  },
];

/** @param text of the file */
export function findEquivalent(
  { file, rule, line, start, end }: Mutant,
  text: string,
): Equivalent | undefined {
  const trimmed = text.split('\n')[line - 1]?.trim();
  return equivalents.find(
    (each) =>
      each.file === file &&
      each.rule === rule &&
      each.line === trimmed &&
      (each.changed === undefined || each.changed === text.slice(start, end)),
  );
}
