import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ClusterUnderScript } from './kafka-model/cluster-under-script.ts';
import { startModelCluster } from './kafka-model/model-cluster.ts';
import { askForRecords, askWithoutRights } from './kafka-model/produce-scripts.ts';
import { askForMetadata, askForSettings, askForVersions } from './kafka-model/read-scripts.ts';
import { startRealCluster } from './kafka-model/real-cluster.ts';
import { askWhileReplicaStandsStill } from './kafka-model/replica-script.ts';

let real: ClusterUnderScript;
let model: ClusterUnderScript;

beforeAll(async () => {
  [real, model] = await Promise.all([startRealCluster(), startModelCluster()]);
});

afterAll(async () => {
  await Promise.all([real?.stop(), model?.stop()]);
});

/**
 * What is different, and why it may be:
 *
 * - Requests, versions and settings that the receiver does not ask for: the model has none of them.
 * - Node ids, addresses, ids of clusters and topics: each cluster's own, compared by the roles of the brokers.
 * - The order of brokers, topics and in-sync replicas: the receiver looks for each by its name or number.
 * - The controller in Metadata: with KRaft any broker, since all of them forward.
 * - Where the value of a setting comes from that the topic does not have: the cluster's own configuration.
 * - When a follower that stood still counts again: a real broker describes it as in sync a moment before.
 * - A leader that has not yet heard of its successor: a real one appends, and says later that it does not lead; the model says
 *   so at once. Both tell an offset beside the error when they have appended.
 * - Without rights: the model takes the error from the fault that takes the rights. Everything else of the answer is compared.
 *
 * The receiver sends no producer ids. Sequences, epochs and unknown producers belong to `simulated-transactions.test.ts`.
 */
test.for([
  ['versions', askForVersions],
  ['metadata', askForMetadata],
  ['settings', askForSettings],
  ['records that are taken and refused', askForRecords],
  ['records without rights', askWithoutRights],
  ['records while a replica stands still', askWhileReplicaStandsStill],
] as const)('the simulated cluster answers as Kafka does: %s', async ([, runScript]) => {
  const [expected, answered] = await Promise.all([runScript(real), runScript(model)]);
  expect(answered).toEqual(expected);
});
