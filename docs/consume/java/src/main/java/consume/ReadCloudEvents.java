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

/** Prints each event from the CloudEvents SDK: id, type, subject, revision, time and number of bytes. */
public final class ReadCloudEvents {
  public static void main(String[] args) {
    Map<String, String> env = System.getenv();
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Properties settings = new Properties();
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, env.getOrDefault("KAFKA_BROKERS", "localhost:9092"));
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, env.getOrDefault("GROUP_ID", "read-cloud-events"));
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    // With auto-commit, a consumer also commits when it is closed. After an exception, that would skip unfinished work.
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    try (KafkaConsumer<String, CloudEvent> consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new CloudEventDeserializer())) {
      consumer.subscribe(List.of(env.getOrDefault("KAFKA_TOPIC", "comapi.events")));
      for (; ; ) {
        for (ConsumerRecord<String, CloudEvent> record : consumer.poll(Duration.ofMillis(500))) {
          CloudEvent event = record.value();
          if (event == null) {
            // A tombstone of the latest-state topic: the state was erased.
            out.println(String.join("\t", "deleted", record.key()));
            continue;
          }
          if (event.getType().startsWith("webhook.")) {
            continue; // A test event of the receiver.
          }
          out.println(
              String.join(
                  "\t",
                  event.getId(),
                  event.getType(),
                  String.valueOf(event.getSubject()),
                  // The header ce_revision. Extension attributes have no prefix.
                  String.valueOf(event.getExtension("revision")),
                  String.valueOf(event.getTime()),
                  String.valueOf(event.getData().toBytes().length)));
        }
        // Commits only after the work, so that unfinished work is read again.
        consumer.commitSync();
      }
    }
  }
}
