-- For ksqlDB 0.29. Not tested.

CREATE STREAM events (
  id STRING KEY,
  eventId STRING,
  name STRING,
  payload STRING,
  revision BYTES HEADER('revision')
) WITH (KAFKA_TOPIC = 'comapi.events', VALUE_FORMAT = 'JSON');

-- A tombstone deletes the row of its key.
CREATE TABLE latest (id STRING PRIMARY KEY, name STRING, payload STRING)
  WITH (KAFKA_TOPIC = 'comapi.events.latest', VALUE_FORMAT = 'JSON');

-- Excludes test events of this product. The latest states contain none.
CREATE STREAM provider_events AS SELECT * FROM events WHERE name NOT LIKE 'webhook.%';
