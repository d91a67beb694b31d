package infra

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// toxiproxy is installed by `make infra`: in go.mod it would add 14 modules.
const toxiproxy = "../../artifacts/server"

var toxiproxyScenarios = []scenario{
	{name: "toxiproxy: latency 100 ms ± 50 ms", start: toxic("latency", 1, `"latency": 100, "jitter": 50`),
		calls: 160, callers: 32, noErrors: true},
	{name: "toxiproxy: bandwidth 1 KB/s", start: toxic("bandwidth", 1, `"rate": 1`),
		calls: 32, callers: 32, noErrors: true},
	{name: "toxiproxy: slicer, 64 bytes at a time",
		start: toxic("slicer", 1, `"average_size": 64, "size_variation": 32, "delay": 1000`),
		calls: 160, callers: 32, noErrors: true},
	{name: "toxiproxy: limit_data, 4000 bytes a connection", start: toxic("limit_data", 1, `"bytes": 4000`),
		calls: 160, callers: 32},
	{name: "toxiproxy: reset_peer, 1 of 10 connections", start: toxic("reset_peer", 0.1, `"timeout": 0`),
		calls: 160, callers: 32},
	{name: "toxiproxy: reset_peer, all connections", start: toxic("reset_peer", 1, `"timeout": 0`),
		calls: 64, callers: 64},
	{name: "toxiproxy: timeout, 1 of 10 connections, 1 s an attempt", start: toxic("timeout", 0.1, `"timeout": 0`),
		calls: 160, callers: 32, attempt: time.Second},
	{name: "toxiproxy: timeout, all connections, 1 s an attempt", start: toxic("timeout", 1, `"timeout": 0`),
		calls: 64, callers: 64, attempt: time.Second},
}

// toxic starts toxiproxy in front of an origin, with a toxic on its responses.
func toxic(kind string, toxicity float64, attributes string) func(*lab) {
	return func(l *lab) {
		o, api, addr := l.origin(origin{}), freeAddr(), freeAddr()
		l.url = "http://" + addr
		proxies := fmt.Sprintf(`[{"name": "api", "enabled": true, "listen": %q, "upstream": %q}]`, addr, o.addr)
		host, port, _ := strings.Cut(api, ":")
		l.run(api, toxiproxy, "-host", host, "-port", port, "-seed", "1", "-config", l.write("proxies.json", proxies))
		body := fmt.Sprintf(`{"type": %q, "toxicity": %g, "attributes": {%s}}`, kind, toxicity, attributes)
		resp := must(http.Post("http://"+api+"/proxies/api/toxics", "application/json", strings.NewReader(body)))
		defer http.DefaultClient.CloseIdleConnections()
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			l.Fatalf("toxiproxy: %s: %s", body, resp.Status)
		}
	}
}
