// Reads each event once, and keeps the latest state of each entity.
package main

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/twmb/franz-go/pkg/kgo"
	_ "modernc.org/sqlite"
)

const (
	note        = "INSERT INTO done (id) VALUES (?) ON CONFLICT DO NOTHING"
	count       = "INSERT INTO counts VALUES (?, 1) ON CONFLICT (type) DO UPDATE SET count = count + 1"
	deleteState = "DELETE FROM states WHERE entity = ?"
	keepLatest  = `
		INSERT INTO states VALUES (?, ?, ?)
		ON CONFLICT (entity) DO UPDATE SET revision = excluded.revision, event = excluded.event
		WHERE excluded.revision > states.revision`
)

func handle(tx *sql.Tx, record *kgo.Record) error {
	if record.Value == nil {
		// A tombstone of the latest-state topic: the state was erased. It has no ce_id.
		_, err := tx.Exec(deleteState, string(record.Key))
		return err
	}
	headers := map[string]string{"ce_type": "unknown"}
	for _, header := range record.Headers {
		headers[header.Key] = string(header.Value)
	}
	if strings.HasPrefix(headers["ce_type"], "webhook.") {
		return nil
	}
	noted, err := tx.Exec(note, headers["ce_id"])
	if err != nil {
		return err
	}
	if rows, err := noted.RowsAffected(); err != nil || rows == 0 {
		return err
	}
	// The work is done here, in the same transaction as the insert into done.
	if _, err := tx.Exec(count, headers["ce_type"]); err != nil {
		return err
	}
	if revision, ok := headers["revision"]; ok {
		revision = strings.ReplaceAll(fmt.Sprintf("%20s", revision), " ", "0")
		_, err = tx.Exec(keepLatest, string(record.Key), revision, string(record.Value))
	}
	return err
}

func handleAll(database *sql.DB, records []*kgo.Record) error {
	tx, err := database.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback() // Has no effect after the commit.
	for _, record := range records {
		if err := handle(tx, record); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func run(ctx context.Context) error {
	database, err := sql.Open("sqlite", cmp.Or(os.Getenv("DATABASE"), "events.sqlite")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(cmp.Or(os.Getenv("KAFKA_BROKERS"), "localhost:9092"), ",")...),
		kgo.ConsumerGroup(cmp.Or(os.Getenv("GROUP_ID"), "read-events")),
		kgo.ConsumeTopics(cmp.Or(os.Getenv("KAFKA_TOPIC"), "comapi.events")),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.DisableAutoCommit(),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	for {
		fetches := client.PollRecords(ctx, 100)
		if ctx.Err() != nil {
			return nil
		}
		if err := fetches.Err(); err != nil {
			return err
		}
		if err := handleAll(database, fetches.Records()); err != nil {
			return err
		}
		if err := client.CommitUncommittedOffsets(ctx); err != nil {
			log.Print(err) // The records are read again, and skipped because they are in done.
		}
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}
