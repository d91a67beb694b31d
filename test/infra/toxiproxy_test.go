//go:build linux

package infra

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// toxiproxy is built by `make infra`: in go.mod it would add 14 modules.
const toxiproxy = "../../artifacts/server"

var toxiproxyScenarios = []scenario{
	{
		name:       "toxiproxy: latency 100 ms ± 50 ms",
		start:      func(l *lab) { l.toxic("latency", 1, `"latency": 100, "jitter": 50`) },
		calls:      160,
		callers:    32,
		allSucceed: true,
	},
	{
		name:       "toxiproxy: bandwidth 1 KB/s",
		start:      func(l *lab) { l.toxic("bandwidth", 1, `"rate": 1`) },
		calls:      32,
		callers:    32,
		allSucceed: true,
	},
	{
		name:       "toxiproxy: slicer, 64 bytes at a time",
		start:      func(l *lab) { l.toxic("slicer", 1, `"average_size": 64, "size_variation": 32, "delay": 1000`) },
		calls:      160,
		callers:    32,
		allSucceed: true,
	},
	{
		name:    "toxiproxy: limit_data, 4000 bytes a connection",
		start:   func(l *lab) { l.toxic("limit_data", 1, `"bytes": 4000`) },
		calls:   160,
		callers: 32,
	},
	{
		name:    "toxiproxy: reset_peer, 1 of 10 connections",
		start:   func(l *lab) { l.toxic("reset_peer", 0.1, `"timeout": 0`) },
		calls:   160,
		callers: 32,
	},
	{
		name:    "toxiproxy: reset_peer, all connections",
		start:   func(l *lab) { l.toxic("reset_peer", 1, `"timeout": 0`) },
		calls:   64,
		callers: 64,
	},
	{
		name:    "toxiproxy: timeout, 1 of 10 connections, 1 s an attempt",
		start:   func(l *lab) { l.silent(0.1) },
		calls:   160,
		callers: 32,
	},
	{
		name:    "toxiproxy: timeout, all connections, 1 s an attempt",
		start:   func(l *lab) { l.silent(1) },
		calls:   64,
		callers: 64,
	},
}

// silent starts toxiproxy with connections that get no response.
func (l *lab) silent(toxicity float64) {
	l.attemptTimeout, l.callTimeout = time.Second, 4*time.Second
	l.toxic("timeout", toxicity, `"timeout": 0`)
}

// toxic starts toxiproxy in front of an origin, with a toxic on its responses.
func (l *lab) toxic(kind string, toxicity float64, attributes string) {
	o, api, addr := l.origin(origin{}), freeAddr(), freeAddr()
	l.url = "http://" + addr
	proxies := fmt.Sprintf(`[{"name": "api", "enabled": true, "listen": %q, "upstream": %q}]`, addr, o.addr)
	config := l.write("proxies.json", proxies)
	host, port, _ := strings.Cut(api, ":")
	l.run(api, toxiproxy, "-host", host, "-port", port, "-seed", "1", "-config", config)

	body := fmt.Sprintf(`{"type": %q, "toxicity": %g, "attributes": {%s}}`, kind, toxicity, attributes)
	resp := must(http.Post("http://"+api+"/proxies/api/toxics", "application/json", strings.NewReader(body)))
	defer http.DefaultClient.CloseIdleConnections()
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		l.Fatalf("toxiproxy: %s: %s", body, resp.Status)
	}
}
