import type { CoordinatorKind } from '../../../src/stores/kafka/cluster/coordinators.ts';
import type { KafkaCall } from '../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';
import type { ProducerIdentity } from '../../../src/stores/kafka/wire/write-record-batch.ts';
import { askUntilDone, type Coded, type QuestionsDeps } from './script-target.ts';

const partition = 0;

/** Creates the requests to the coordinators of a transaction and of a group. */
export function createTransactionQuestions({ target, connection, lines }: QuestionsDeps) {
  const { topic, groupId, transactionalId } = target;

  async function init(): Promise<ProducerIdentity> {
    const call: KafkaCall = {
      api: 'InitProducerId',
      parameters: { transactionalId, transactionTimeout: 30_000 },
    };
    const answer = await askUntilDone<
      Coded & { readonly producerId: string; readonly producerEpoch: number }
    >(connection, call, ({ errorCode }) => errorCode);
    lines.push(['InitProducerId', answer.errorCode]);
    return { producerId: BigInt(answer.producerId), producerEpoch: answer.producerEpoch };
  }

  async function add(what: string, producer: ProducerIdentity): Promise<void> {
    const parameters = { transactionalId, ...producer, topics: [{ topic, partitions: [partition] }] };
    const codeOf = ({
      errors,
    }: {
      readonly errors: readonly { readonly partitionErrors: readonly Coded[] }[];
    }) => errors[0]?.partitionErrors[0]?.errorCode;
    lines.push([
      what,
      codeOf(await askUntilDone(connection, { api: 'AddPartitionsToTxn', parameters }, codeOf)),
    ]);
  }

  async function addOffsets(what: string, producer: ProducerIdentity): Promise<void> {
    const parameters = { transactionalId, ...producer, groupId };
    const codeOf = ({ errorCode }: Coded) => errorCode;
    lines.push([
      what,
      codeOf(await askUntilDone(connection, { api: 'AddOffsetsToTxn', parameters }, codeOf)),
    ]);
  }

  async function end(what: string, producer: ProducerIdentity, isCommit: boolean): Promise<void> {
    const parameters = { transactionalId, ...producer, transactionResult: isCommit };
    const codeOf = ({ errorCode }: Coded) => errorCode;
    lines.push([what, codeOf(await askUntilDone(connection, { api: 'EndTxn', parameters }, codeOf))]);
  }

  async function commitOffset(what: string, producer: ProducerIdentity): Promise<void> {
    const topics = [{ topic, partitions: [{ partition, offset: '7', metadata: 'mark' }] }];
    type Answer = { readonly topics: readonly { readonly partitions: readonly Coded[] }[] };
    const codeOf = (answer: Answer) => answer.topics[0]?.partitions[0]?.errorCode;
    const parameters = { transactionalId, groupId, ...producer, topics };
    lines.push([
      what,
      codeOf(await askUntilDone<Answer>(connection, { api: 'TxnOffsetCommit', parameters }, codeOf)),
    ]);
  }

  async function fetchOffset(): Promise<readonly unknown[]> {
    const parameters = { groupId, topics: [{ topic, partitions: [{ partition }] }] };
    type Answer = Coded & {
      readonly responses: readonly {
        readonly partitions: readonly (Coded & { readonly offset: string; readonly metadata: string })[];
      }[];
    };
    const answer = await askUntilDone<Answer>(
      connection,
      { api: 'OffsetFetch', parameters },
      (each) => each.errorCode,
    );
    const found = answer.responses[0]?.partitions[0];
    return [answer.errorCode, found?.errorCode, found?.offset, found?.metadata];
  }

  async function coordinator(kind: CoordinatorKind): Promise<void> {
    const isGroup = kind === 'group';
    const parameters = {
      groupId: isGroup ? groupId : transactionalId,
      coordinatorType: isGroup ? 0 : 1,
    };
    const { errorCode, coordinator: found } = await askUntilDone<
      Coded & { readonly coordinator: { readonly port: number } }
    >(connection, { api: 'GroupCoordinator', parameters }, (each) => each.errorCode);
    lines.push([`coordinator of a ${kind}`, errorCode, found.port > 0]);
  }

  return { init, add, addOffsets, end, commitOffset, fetchOffset, coordinator };
}
