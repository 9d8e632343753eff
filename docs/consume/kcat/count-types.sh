#!/bin/sh
# Counts the events of each type in the topic. Tombstones have no type, so they are not counted.
kcat -C -q -e -b "${KAFKA_BROKERS:-localhost:9092}" -t "${KAFKA_TOPIC:-comapi.events}" -o beginning -f '%h\n' |
  sed -n 's/.*ce_type=\([^,]*\).*/\1/p' | sort | uniq -c
