<?php

$database = new PDO('sqlite:' . (getenv('DATABASE') ?: 'events.sqlite'));
$note = $database->prepare('INSERT INTO done (id) VALUES (?) ON CONFLICT DO NOTHING');
$count = $database->prepare('INSERT INTO counts VALUES (?, 1) ON CONFLICT (type) DO UPDATE SET count = count + 1');
$keepLatest = $database->prepare('
    INSERT INTO states VALUES (?, ?, ?)
    ON CONFLICT (entity) DO UPDATE SET revision = excluded.revision, event = excluded.event
    WHERE excluded.revision > states.revision
');
$deleteState = $database->prepare('DELETE FROM states WHERE entity = ?');

$handle = function (RdKafka\Message $message) use ($note, $count, $keepLatest, $deleteState): void {
    if ($message->payload === null) {
        // A tombstone of the latest-state topic: the state was erased. It has no ce_id.
        $deleteState->execute([$message->key]);
        return;
    }
    $type = $message->headers['ce_type'] ?? 'unknown';
    if (str_starts_with($type, 'webhook.')) {
        return;
    }
    $note->execute([$message->headers['ce_id']]);
    if ($note->rowCount() === 0) {
        return;
    }
    // The work is done here, in the same transaction as the insert into done.
    $count->execute([$type]);
    $revision = $message->headers['revision'] ?? null;
    if ($revision !== null) {
        $keepLatest->execute([$message->key, str_pad($revision, 20, '0', STR_PAD_LEFT), $message->payload]);
    }
};

$settings = new RdKafka\Conf();
$settings->set('bootstrap.servers', getenv('KAFKA_BROKERS') ?: 'localhost:9092');
$settings->set('group.id', getenv('GROUP_ID') ?: 'read-events');
$settings->set('auto.offset.reset', 'earliest');
$settings->set('enable.auto.commit', 'false');
$consumer = new RdKafka\KafkaConsumer($settings);
$consumer->subscribe([getenv('KAFKA_TOPIC') ?: 'comapi.events']);
while (true) {
    $message = $consumer->consume(500);
    if ($message->err === RD_KAFKA_RESP_ERR__TIMED_OUT) {
        continue;
    }
    if ($message->err !== RD_KAFKA_RESP_ERR_NO_ERROR) {
        throw new RuntimeException($message->errstr());
    }
    // An exception ends the program and the transaction, so the event is read again.
    $database->beginTransaction();
    $handle($message);
    $database->commit();
    $consumer->commitAsync($message);
}
