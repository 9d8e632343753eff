import type { ApiHandler } from './api-handler.ts';
import {
  createApiVersionsApi,
  describeConfigsApi,
  metadataApi,
  saslAuthenticateApi,
  saslHandshakeApi,
} from './cluster-apis.ts';
import { fetchApi } from './fetch-api.ts';
import { findCoordinatorApi, heartbeatApi, joinGroupApi, leaveGroupApi, syncGroupApi } from './group-apis.ts';
import { listOffsetsApi, offsetForLeaderEpochApi } from './log-apis.ts';
import { produceApi } from './produce-api.ts';
import {
  addOffsetsToTxnApi,
  addPartitionsToTxnApi,
  endTxnApi,
  initProducerIdApi,
  offsetCommitApi,
  offsetFetchApi,
  txnOffsetCommitApi,
} from './transaction-apis.ts';

const handlers: readonly ApiHandler[] = [
  addOffsetsToTxnApi,
  addPartitionsToTxnApi,
  describeConfigsApi,
  endTxnApi,
  fetchApi,
  findCoordinatorApi,
  heartbeatApi,
  initProducerIdApi,
  joinGroupApi,
  leaveGroupApi,
  listOffsetsApi,
  metadataApi,
  offsetCommitApi,
  offsetFetchApi,
  offsetForLeaderEpochApi,
  produceApi,
  saslAuthenticateApi,
  saslHandshakeApi,
  syncGroupApi,
  txnOffsetCommitApi,
];

/** Handlers of all supported requests, by API key. */
export const kafkaHandlers: ReadonlyMap<number, ApiHandler> = new Map(
  [...handlers, createApiVersionsApi(handlers)].map((handler) => [handler.apiKey, handler]),
);
