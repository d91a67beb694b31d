//go:build linux

package infra

import (
	"strings"
	"time"
)

var tinyproxyScenarios = []scenario{
	{
		name:       "tinyproxy: CONNECT denied (403)",
		start:      func(l *lab) { l.rejectingTinyproxy("ConnectPort 1") },
		calls:      32,
		callers:    32,
		oneAttempt: true,
		message:    "the proxy rejected the connection: 403",
	},
	{
		name:       "tinyproxy: password required (407)",
		start:      func(l *lab) { l.rejectingTinyproxy("BasicAuth user password") },
		calls:      32,
		callers:    32,
		oneAttempt: true,
		message:    "the proxy rejected the connection: 407",
	},
	{
		name:     "tinyproxy: killed three times",
		start:    killedTinyproxy,
		calls:    320,
		callers:  16,
		recovers: true,
	},
}

// tinyproxyAddr is the same for all scenarios: net/http reads HTTPS_PROXY once.
var tinyproxyAddr = freeAddr()

// tinyproxy starts tinyproxy with a directive.
func (l *lab) tinyproxy(directive string) *process {
	_, port, _ := strings.Cut(tinyproxyAddr, ":")
	config := l.config("tinyproxy.conf", "<port>", port, "<directive>", directive)
	return l.run(tinyproxyAddr, "tinyproxy", "-d", "-c", config)
}

// rejectingTinyproxy relies on HTTPS_PROXY, as the default transport does.
func (l *lab) rejectingTinyproxy(directive string) {
	l.tinyproxy(directive)
	l.url = "https://api.test"
}

// killedTinyproxy sets the proxy of the transport: HTTPS_PROXY does not apply to
// loopback addresses.
func killedTinyproxy(l *lab) {
	l.origin(origin{TLS: true, Latency: 5 * time.Millisecond})
	p := l.tinyproxy("")
	l.proxy = "http://" + tinyproxyAddr
	l.disturb = func(int) { p.restart() }
}
