module comapi-webhook-receiver/test/go-reverse-proxy

go 1.21
