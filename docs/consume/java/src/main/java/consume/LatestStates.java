package consume;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorSupplier;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/** Keeps the latest state of each message, and joins it on the key with a topic that any Java producer writes. */
public final class LatestStates {
  public static void main(String[] args) {
    Map<String, String> env = System.getenv();
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, env.getOrDefault("APPLICATION_ID", "latest-states"));
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, env.getOrDefault("KAFKA_BROKERS", "localhost:9092"));
    settings.put(StreamsConfig.STATE_DIR_CONFIG, env.getOrDefault("STATE_DIR", "state"));
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");

    StreamsBuilder builder = new StreamsBuilder();
    Consumed<String, String> strings = Consumed.with(Serdes.String(), Serdes.String());
    KTable<String, String> latest =
        builder.stream(env.getOrDefault("KAFKA_TOPIC", "comapi.events"), strings)
            .processValues(new LaterRevisions())
            .toTable(Materialized.with(Serdes.String(), Serdes.String()));
    // Both topics need the same number of partitions. The receiver chooses partitions as Java's producer does, so no
    // repartitioning is necessary.
    KTable<String, String> orders = builder.table(env.getOrDefault("ORDERS_TOPIC", "orders"), strings);
    latest
        .join(orders, (state, order) -> "{\"order\":" + order + ",\"state\":" + state + "}")
        .toStream()
        .to(env.getOrDefault("OUTPUT_TOPIC", "orders.messages"), Produced.with(Serdes.String(), Serdes.String()));

    KafkaStreams streams = new KafkaStreams(builder.build(), settings);
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
    streams.start();
  }

  /** Forwards an event only if it is later than all earlier ones. Events arrive in any order, and may be repeated. */
  private static final class LaterRevisions implements FixedKeyProcessorSupplier<String, String, String> {
    private static final String STORE = "revisions";

    @Override
    public Set<StoreBuilder<?>> stores() {
      return Set.of(
          Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE), Serdes.String(), Serdes.String()));
    }

    @Override
    public FixedKeyProcessor<String, String, String> get() {
      return new FixedKeyProcessor<>() {
        private FixedKeyProcessorContext<String, String> context;
        private KeyValueStore<String, String> revisions;

        @Override
        public void init(FixedKeyProcessorContext<String, String> given) {
          context = given;
          revisions = given.getStateStore(STORE);
        }

        @Override
        public void process(FixedKeyRecord<String, String> record) {
          if (record.value() == null) {
            // A tombstone of the latest-state topic: the state was erased. The known revision remains, so that a repeat of
            // an earlier event does not restore the state.
            context.forward(record);
            return;
          }
          Header type = record.headers().lastHeader("ce_type");
          if (type != null && new String(type.value(), StandardCharsets.UTF_8).startsWith("webhook.")) {
            return; // A test event of the receiver.
          }
          Header header = record.headers().lastHeader("revision");
          if (header == null) {
            return; // Events without a revision cannot be compared.
          }
          // A revision can be up to 2^64 - 1, which exceeds a long.
          BigInteger revision = new BigInteger(new String(header.value(), StandardCharsets.UTF_8));
          String known = revisions.get(record.key());
          if (known == null || revision.compareTo(new BigInteger(known)) > 0) {
            revisions.put(record.key(), revision.toString());
            context.forward(record);
          }
        }
      };
    }
  }
}
