#!/bin/sh
# How many events of each type the topic holds.
kcat -C -q -e -b "${KAFKA_BROKERS:-localhost:9092}" -t "${KAFKA_TOPIC:-comapi.events}" -o beginning -f '%h\n' |
  sed -n 's/.*ce_type=\([^,]*\).*/\1/p' | sort | uniq -c
