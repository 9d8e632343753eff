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
 * Differences that are allowed, and why:
 *
 * - Requests, versions and settings that the receiver does not use: the model does not have them.
 * - Node ids, addresses, ids of clusters and topics: they differ between clusters, and are compared by the roles of the brokers.
 * - The order of brokers, topics and in-sync replicas: the receiver finds each by its name or number.
 * - The controller in Metadata: with KRaft, it is any broker, because all of them forward requests.
 * - The source of a setting that the topic does not override: it depends on the cluster's configuration.
 * - The time at which a paused follower counts again: a real broker reports it as in sync shortly before.
 * - A leader that does not know its successor yet: a real one appends, and later reports that it does not lead. The model
 *   reports it immediately. Both return an offset with the error if they have appended.
 * - Missing permissions: in the model, the error comes from the fault that removes the permissions.
 *
 * Everything else in the responses is compared. The receiver sends no producer ids. Sequences, epochs and unknown producers
 * are tested in `simulated-transactions.test.ts`.
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
