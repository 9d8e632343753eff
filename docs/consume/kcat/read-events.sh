#!/bin/sh
# Every event once: headers, key and value, and then the end. Without -e kcat goes on with what comes.
exec kcat -C -q -e -b "${KAFKA_BROKERS:-localhost:9092}" -t "${KAFKA_TOPIC:-comapi.events}" -o beginning \
  -X isolation.level=read_committed \
  -f '%p/%o %h\n%k\t%s\n'
