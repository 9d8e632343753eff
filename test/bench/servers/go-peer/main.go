// A comparable receiver in idiomatic Go, with net/http and franz-go. It compares the signature in constant time, writes one
// record for each event, and answers when every in-sync replica has them. It has no metrics, log, dead letters or record
// headers.
package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	maxBodyBytes  = 10 << 20
	bodyTimeout   = 5 * time.Second
	requestBudget = 8 * time.Second
)

func main() {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(os.Getenv("KAFKA_BROKERS"), ",")...),
		kgo.DefaultProduceTopic(os.Getenv("KAFKA_TOPIC")),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.ProducerLinger(0),
	)
	if err != nil {
		log.Fatal(err)
	}
	if err := client.Ping(context.Background()); err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(os.Getenv("HTTP_HOST"), os.Getenv("HTTP_PORT")))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	handler := http.NewServeMux()
	handler.Handle("POST /webhook", receiver{client, []byte(os.Getenv("WEBHOOK_SECRET"))})
	server := http.Server{Handler: handler, ReadHeaderTimeout: bodyTimeout, ReadTimeout: bodyTimeout}
	log.Fatal(server.Serve(listener))
}

type receiver struct {
	client *kgo.Client
	secret []byte
}

func (r receiver) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(response, request.Body, maxBodyBytes))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		response.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	case err != nil:
		response.WriteHeader(http.StatusRequestTimeout)
		return
	case !r.isSigned(body, request.Header.Get("X-Comapi-Signature")):
		response.WriteHeader(http.StatusUnauthorized)
		return
	}
	records, err := toRecords(body)
	if err != nil {
		response.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := context.WithTimeout(request.Context(), requestBudget)
	defer cancel()
	if err := r.client.ProduceSync(ctx, records...).FirstErr(); err != nil {
		response.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	response.WriteHeader(http.StatusNoContent)
}

func (r receiver) isSigned(body []byte, signature string) bool {
	given, err := hex.DecodeString(signature)
	if err != nil {
		return false
	}
	mac := hmac.New(sha1.New, r.secret)
	mac.Write(body)
	return hmac.Equal(given, mac.Sum(nil))
}

type event struct {
	Payload struct {
		MessageID string `json:"messageId"`
	} `json:"payload"`
}

// toRecords converts each event to a record with the received bytes.
func toRecords(body []byte) ([]*kgo.Record, error) {
	values := []json.RawMessage{body}
	if len(body) > 0 && body[0] == '[' {
		if err := json.Unmarshal(body, &values); err != nil {
			return nil, err
		}
	}
	records := make([]*kgo.Record, len(values))
	for index, value := range values {
		var parsed event
		if err := json.Unmarshal(value, &parsed); err != nil {
			return nil, err
		}
		records[index] = &kgo.Record{Key: []byte(parsed.Payload.MessageID), Value: value}
	}
	return records, nil
}
