//go:build linux

package infra

import (
	"syscall"
	"time"
)

var nginxScenarios = []scenario{
	{
		name:       "nginx: keepalive_timeout 1 s, keepalive_requests 3",
		start:      func(l *lab) { l.nginx("keepalive_timeout 1s; keepalive_requests 3;") },
		calls:      192,
		callers:    64,
		think:      time.Second,
		allSucceed: true,
	},
	{
		name:       "nginx: reloaded three times",
		start:      reloadedNginx,
		calls:      800,
		callers:    32,
		allSucceed: true,
	},
	{
		name:    "nginx: limit_req, 429 (requests at nginx)",
		start:   func(l *lab) { l.limitedNginx("429") },
		calls:   100,
		callers: 100,
	},
	{
		name:    "nginx: limit_req, no response, 444 (requests at nginx)",
		start:   func(l *lab) { l.limitedNginx("444") },
		calls:   100,
		callers: 100,
	},
}

// nginx starts nginx in front of an origin, with additional server directives.
func (l *lab) nginx(directives string) *process {
	o, addr := l.origin(origin{Latency: 5 * time.Millisecond}), freeAddr()
	l.url = "http://" + addr
	config := l.config("nginx.conf",
		"<dir>", l.dir,
		"<addr>", addr,
		"<origin>", o.addr,
		"<directives>", directives,
	)
	return l.run(addr, "nginx", "-e", l.dir+"/error.log", "-c", config)
}

func reloadedNginx(l *lab) {
	p := l.nginx("")
	l.disturb = func(int) { p.signal(syscall.SIGHUP) }
}

func (l *lab) limitedNginx(status string) {
	l.nginx("limit_req zone=all burst=10 nodelay; limit_req_status " + status + ";")
	l.count = l.dir + "/requests"
}
