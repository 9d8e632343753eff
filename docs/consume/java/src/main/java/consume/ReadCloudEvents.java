package consume;

import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.CloudEventDeserializer;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Prints each event as the SDK of CloudEvents gives it: id, type, subject, revision, time and bytes of data. */
public final class ReadCloudEvents {
  public static void main(String[] args) {
    Map<String, String> env = System.getenv();
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Properties settings = new Properties();
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, env.getOrDefault("KAFKA_BROKERS", "localhost:9092"));
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, env.getOrDefault("GROUP_ID", "read-cloud-events"));
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    // By itself a consumer also commits when it is closed: after work that threw, that would pass over what was not done.
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    try (KafkaConsumer<String, CloudEvent> consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new CloudEventDeserializer())) {
      consumer.subscribe(List.of(env.getOrDefault("KAFKA_TOPIC", "comapi.events")));
      for (; ; ) {
        for (ConsumerRecord<String, CloudEvent> record : consumer.poll(Duration.ofMillis(500))) {
          CloudEvent event = record.value();
          if (event.getType().startsWith("webhook.")) {
            continue; // An event of the receiver's own: a test.
          }
          out.println(
              String.join(
                  "\t",
                  event.getId(),
                  event.getType(),
                  String.valueOf(event.getSubject()),
                  // The header ce_revision; extension attributes come without the prefix.
                  String.valueOf(event.getExtension("revision")),
                  String.valueOf(event.getTime()),
                  String.valueOf(event.getData().toBytes().length)));
        }
        // Only after the work: what was not done comes again.
        consumer.commitSync();
      }
    }
  }
}
