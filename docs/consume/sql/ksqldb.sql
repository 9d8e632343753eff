-- ksqlDB 0.29. Not run.

CREATE STREAM events (
  id STRING KEY,
  eventId STRING,
  name STRING,
  payload STRING,
  revision BYTES HEADER('revision')
) WITH (KAFKA_TOPIC = 'comapi.events', VALUE_FORMAT = 'JSON');

CREATE TABLE latest (id STRING PRIMARY KEY, name STRING, payload STRING)
  WITH (KAFKA_TOPIC = 'comapi.events.latest', VALUE_FORMAT = 'JSON');

-- Without the events of this product. The latest states have none.
CREATE STREAM provider_events AS SELECT * FROM events WHERE name NOT LIKE 'webhook.%';
