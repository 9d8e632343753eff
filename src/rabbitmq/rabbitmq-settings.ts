import { defaultLaneSettings, type LaneSettings } from '../append/lane-store.ts';
import type { PublisherSettings } from './publisher-connection.ts';

export interface RabbitMqSettings extends LaneSettings, PublisherSettings {
  readonly durabilityCheckMs: number;
}

export const defaultRabbitMqSettings: RabbitMqSettings = {
  ...defaultLaneSettings,
  connectTimeoutMs: 2_000,
  answerTimeoutMs: 2_000,
  confirmTimeoutMs: 3_000,
  heartbeatSeconds: 5,
  durabilityCheckMs: 60_000,
};
