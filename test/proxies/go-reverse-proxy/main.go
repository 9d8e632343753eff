// A reverse proxy as Go's standard library has it: what Traefik, Caddy and many ingresses are built upon.
//
// Usage: go-reverse-proxy LISTEN UPSTREAM, both as host:port.
package main

import (
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: go-reverse-proxy LISTEN UPSTREAM")
	}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: os.Args[2]})
	// The few connections that are kept are used again and again.
	proxy.Transport = &http.Transport{MaxIdleConnsPerHost: 8, MaxConnsPerHost: 64}
	proxy.FlushInterval = -1
	log.Fatal(http.ListenAndServe(os.Args[1], proxy))
}
