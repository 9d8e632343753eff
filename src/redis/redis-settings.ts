import { defaultLaneSettings, type LaneSettings } from '../append/lane-store.ts';

export interface RedisSettings extends LaneSettings {
  /** TCP and TLS. */
  readonly connectTimeoutMs: number;
  /** How long the server may wait for its disk and for replicas. */
  readonly confirmTimeoutMs: number;
  /** From a request to its answer; more than the server may wait. */
  readonly requestTimeoutMs: number;
  readonly checkIntervalMs: number;
}

export const defaultRedisSettings: RedisSettings = {
  ...defaultLaneSettings,
  // With appendfsync everysec an answer takes up to a second: all that came meanwhile has to go out together.
  maxFlushRecords: 5_000,
  maxFlushBytes: 8_000_000,
  connectTimeoutMs: 2_000,
  confirmTimeoutMs: 2_500,
  requestTimeoutMs: 3_000,
  checkIntervalMs: 60_000,
};
