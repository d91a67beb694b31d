//go:build linux

package infra

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

var haproxyScenarios = []scenario{
	{
		name:       "haproxy: reloaded three times",
		start:      reloadedHAProxy,
		calls:      800,
		callers:    32,
		allSucceed: true,
	},
	{
		name:       "haproxy: each of 3 origins killed in turn",
		start:      killedOrigins,
		calls:      800,
		callers:    32,
		allSucceed: true,
	},
	{
		// Some are retried: net/http loses their TLS alert.
		name:    "haproxy: client certificate required, HTTP/2",
		start:   certificateRequired,
		calls:   32,
		callers: 32,
	},
}

// haproxy starts haproxy in front of n origins, with parameters for its bind line.
func (l *lab) haproxy(n int, parameters string) (haproxy *process, origins []*process) {
	var servers strings.Builder
	for i := range n {
		o := l.origin(origin{Latency: 5 * time.Millisecond})
		origins = append(origins, o)
		fmt.Fprintf(&servers, "server origin%d %s\n\t", i, o.addr)
	}

	addr := freeAddr()
	l.url = "http://" + addr
	config := l.config("haproxy.cfg",
		"<addr>", addr,
		"<parameters>", parameters,
		"<servers>", servers.String(),
	)
	return l.run(addr, "haproxy", "-W", "-f", config), origins
}

func reloadedHAProxy(l *lab) {
	p, _ := l.haproxy(1, "")
	l.disturb = func(int) { p.signal(syscall.SIGUSR2) }
}

func killedOrigins(l *lab) {
	_, origins := l.haproxy(3, "")
	l.disturb = func(round int) { origins[round-1].restart() }
}

func certificateRequired(l *lab) {
	pem := os.Getenv("SSL_CERT_FILE")
	l.haproxy(1, "ssl crt "+pem+" ca-file "+pem+" verify required alpn h2,http/1.1")
	l.url = strings.Replace(l.url, "http:", "https:", 1)
}
