#!/bin/sh
# Prints headers, key and value of every event, and then exits. Without -e, kcat waits for more events.
# -Z prints the missing value of a tombstone as NULL.
exec kcat -C -q -e -Z -b "${KAFKA_BROKERS:-localhost:9092}" -t "${KAFKA_TOPIC:-comapi.events}" -o beginning \
  -X isolation.level=read_committed \
  -f '%p/%o %h\n%k\t%s\n'
