// Bento with what the bench's configuration needs of it. It takes HTTP_HOST, HTTP_PORT (0: a free one), WEBHOOK_SECRET,
// KAFKA_BROKERS and KAFKA_TOPIC, and prints its port once it listens.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"time"

	_ "github.com/warpstreamlabs/bento/public/components/io"
	_ "github.com/warpstreamlabs/bento/public/components/kafka"
	_ "github.com/warpstreamlabs/bento/public/components/pure"
	"github.com/warpstreamlabs/bento/public/service"
)

func main() {
	address := chooseAddress()
	if err := os.Setenv("HTTP_ADDRESS", address.String()); err != nil {
		log.Fatal(err)
	}
	go printWhenListening(address)
	service.RunCLI(context.Background())
}

// Bento does not say which port it has got for 0.
func chooseAddress() *net.TCPAddr {
	listener, err := net.Listen("tcp", net.JoinHostPort(os.Getenv("HTTP_HOST"), os.Getenv("HTTP_PORT")))
	if err != nil {
		log.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr)
}

func printWhenListening(address *net.TCPAddr) {
	for {
		connection, err := net.Dial("tcp", address.String())
		if err == nil {
			connection.Close()
			fmt.Println(address.Port)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}
