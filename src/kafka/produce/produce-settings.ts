import { defaultLaneSettings, type LaneSettings } from '../../append/lane-settings.ts';
import { type ClusterSettings, defaultClusterSettings } from '../cluster/cluster-settings.ts';

/** A slow request makes the sink ask whether leadership has moved. */
export interface ProduceSettings extends ClusterSettings, LaneSettings {
  /** Connections to one broker that carry records. A large cluster has more sets of replicas than that. */
  readonly maxLanesPerBroker: number;
  readonly durabilityCheckMs: number;
}

export const defaultProduceSettings: ProduceSettings = {
  ...defaultClusterSettings,
  ...defaultLaneSettings,
  maxLanesPerBroker: 8,
  durabilityCheckMs: 60_000,
};
