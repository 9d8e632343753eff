import os
import signal
import sqlite3
import sys

from confluent_kafka import Consumer, KafkaException

NOTE = "INSERT INTO done (id) VALUES (?) ON CONFLICT DO NOTHING"
COUNT = "INSERT INTO counts VALUES (?, 1) ON CONFLICT (type) DO UPDATE SET count = count + 1"
DELETE_STATE = "DELETE FROM states WHERE entity = ?"
KEEP_LATEST = """
    INSERT INTO states VALUES (?, ?, ?)
    ON CONFLICT (entity) DO UPDATE SET revision = excluded.revision, event = excluded.event
    WHERE excluded.revision > states.revision
"""


def handle(database, message):
    if message.error():
        raise KafkaException(message.error())
    if message.value() is None:
        # A tombstone of the latest-state topic: the state was erased. It has no ce_id.
        database.execute(DELETE_STATE, (message.key().decode(),))
        return
    headers = {name: value.decode() for name, value in message.headers() or []}
    event_type = headers.get("ce_type", "unknown")
    if event_type.startswith("webhook.") or database.execute(NOTE, (headers["ce_id"],)).rowcount == 0:
        return
    # The work is done here, in the same transaction as the insert into `done`.
    database.execute(COUNT, (event_type,))
    if "revision" in headers:
        state = (message.key().decode(), headers["revision"].zfill(20), message.value().decode())
        database.execute(KEEP_LATEST, state)


database = sqlite3.connect(os.getenv("DATABASE", "events.sqlite"))
consumer = Consumer({
    "bootstrap.servers": os.getenv("KAFKA_BROKERS", "localhost:9092"),
    "group.id": os.getenv("GROUP_ID", "read-events"),
    "auto.offset.reset": "earliest",
    "enable.auto.commit": False,
})
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
try:
    consumer.subscribe([os.getenv("KAFKA_TOPIC", "comapi.events")])
    while True:
        message = consumer.poll(0.5)
        if message is not None:
            with database:
                handle(database, message)
            consumer.commit(message)
finally:
    consumer.close()
