-- For the Kafka connector of Flink 2.0. Not tested.
-- upsert-kafka deletes the row of a key at its tombstone.

CREATE TABLE latest (
  id STRING,
  headers MAP<STRING, BYTES> METADATA VIRTUAL,
  event STRING,
  PRIMARY KEY (id) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'comapi.events.latest',
  'properties.bootstrap.servers' = 'localhost:9092',
  'properties.isolation.level' = 'read_committed',
  'key.format' = 'raw',
  'value.format' = 'raw',
  'value.fields-include' = 'EXCEPT_KEY'
);

SELECT id, JSON_VALUE(event, '$.name') AS name, DECODE(headers['revision'], 'UTF-8') AS revision FROM latest;
