package infra

import (
	"strings"
	"time"
)

var tinyproxyScenarios = []scenario{
	{name: "tinyproxy: CONNECT denied (403)", start: deniedByTinyproxy,
		calls: 32, callers: 32, attempts: 32, says: "proxy refused the connection: 403"},
	{name: "tinyproxy: password required (407)", start: func(l *lab) { l.tinyproxy("BasicAuth user password") },
		calls: 32, callers: 32, attempts: 32, says: "proxy refused the connection: 407"},
	{name: "tinyproxy: killed three times", start: killedTinyproxy,
		calls: 320, callers: 16, recovers: true},
}

// tinyproxyAddr is the same for all scenarios: net/http reads HTTPS_PROXY once.
var tinyproxyAddr = freeAddr()

// tinyproxy starts tinyproxy, and an origin to reach through CONNECT.
func (l *lab) tinyproxy(directive string) *process {
	l.origin(origin{TLS: true, Latency: 5 * time.Millisecond})
	l.proxy = "http://" + tinyproxyAddr
	_, port, _ := strings.Cut(tinyproxyAddr, ":")
	config := l.config("tinyproxy.conf", "<port>", port, "<directive>", directive)
	return l.run(tinyproxyAddr, "tinyproxy", "-d", "-c", config)
}

// deniedByTinyproxy relies on HTTPS_PROXY, as the default transport does.
func deniedByTinyproxy(l *lab) {
	l.tinyproxy("ConnectPort 1")
	l.url, l.proxy = "https://api.test", ""
}

func killedTinyproxy(l *lab) {
	p := l.tinyproxy("")
	l.disturb = func(int) { p.restart() }
}
