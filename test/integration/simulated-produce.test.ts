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
 * Runs the same requests against a real Kafka and the simulated Kafka ("model"), and compares the responses. These
 * differences are allowed:
 *
 * - The model does not implement requests, versions and settings that the receiver does not use.
 * - Node ids, addresses, and ids of clusters and topics differ between clusters. They are compared by the roles of the
 *   brokers.
 * - Brokers, topics and in-sync replicas may be in any order, because the receiver finds each by its name or number.
 * - The controller in Metadata may be any broker, because with KRaft all brokers forward requests.
 * - The source of a setting that the topic does not override depends on the cluster's configuration.
 * - A real broker reports a paused follower as in sync again shortly before the follower counts for writes.
 * - A leader may not know its successor yet. A real leader then appends records, and reports later that it is not the
 *   leader. The model reports this immediately. If the records were appended, both return an offset with the error.
 * - If a permission is missing, the error of the model comes from the fault that removes the permission.
 *
 * Everything else in the responses is compared. The receiver sends no producer ids. Sequences, epochs and unknown
 * producers are tested in `simulated-transactions.test.ts`.
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
