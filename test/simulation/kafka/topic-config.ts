/** Kafka's default values for the settings that the receiver reads or the simulated brokers apply. */
const defaults: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'compression.type': 'producer',
  'max.message.bytes': '1048588',
  'message.timestamp.after.max.ms': '3600000',
  'min.insync.replicas': '1',
  'retention.ms': '604800000',
  'unclean.leader.election.enable': 'false',
};

/** Effective settings of a topic: the overrides of the topic, and Kafka's defaults for all other settings. */
export class TopicConfig {
  own: Readonly<Record<string, string>>;

  constructor(own: Readonly<Record<string, string>>) {
    this.own = own;
  }

  all() {
    return Object.entries({ ...defaults, ...this.own }).map(([name, value]) => ({
      ...{ name, value },
      /** Whether the topic overrides the default value of the setting. */
      isOwn: name in this.own,
    }));
  }

  number(name: string): number {
    return Number(this.own[name] ?? defaults[name]);
  }
}
