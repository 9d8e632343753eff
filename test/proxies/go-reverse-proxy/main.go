// The reverse proxy of Go's standard library, on which Traefik, Caddy and many ingresses are built.
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
	// Keeps few connections, so that they are reused often.
	proxy.Transport = &http.Transport{MaxIdleConnsPerHost: 8, MaxConnsPerHost: 64}
	proxy.FlushInterval = -1
	log.Fatal(http.ListenAndServe(os.Args[1], proxy))
}
