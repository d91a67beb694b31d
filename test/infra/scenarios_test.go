//go:build linux

package infra

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/apideck-community/vault-go/facade"
)

// scenario is a load on some components, and what the library promises for it in
// addition to its promises for every scenario.
type scenario struct {
	name  string
	start func(*lab)
	calls int

	allSucceed bool   // every call creates a session
	recovers   bool   // one more call after the load creates a session
	rejection  string // the message of each call's error, which is permanent, says this
}

var scenarios = []scenario{
	{
		name: "nginx: keepalive_timeout 1 s, keepalive_requests 3",
		start: func(l *lab) {
			l.nginx("keepalive_timeout 1s; keepalive_requests 3;")
			l.pause = time.Second
		},
		calls:      192,
		allSucceed: true,
	},
	{
		name: "nginx: reloaded three times",
		start: func(l *lab) {
			p := l.nginx("")
			l.disturb = func(int) { p.signal(syscall.SIGHUP) }
		},
		calls:      800,
		allSucceed: true,
	},
	{
		name:  "nginx: limit_req, 429 (requests at nginx)",
		start: func(l *lab) { l.limitedNginx("429") },
		calls: 100,
	},
	{
		name:  "nginx: limit_req, no response, 444 (requests at nginx)",
		start: func(l *lab) { l.limitedNginx("444") },
		calls: 100,
	},
	{
		name: "haproxy: reloaded three times",
		start: func(l *lab) {
			p, _ := l.haproxy(1, "")
			l.disturb = func(int) { p.signal(syscall.SIGUSR2) }
		},
		calls:      800,
		allSucceed: true,
	},
	{
		name: "haproxy: each of 3 origins killed in turn",
		start: func(l *lab) {
			_, origins := l.haproxy(3, "")
			l.disturb = func(round int) { origins[round-1].restart() }
		},
		calls:      800,
		allSucceed: true,
	},
	{
		// Some are retried: net/http loses their TLS alert.
		name: "haproxy: client certificate required, HTTP/2",
		start: func(l *lab) {
			pem := os.Getenv("SSL_CERT_FILE")
			l.haproxy(1, "ssl crt "+pem+" ca-file "+pem+" verify required alpn h2,http/1.1")
			l.url = strings.Replace(l.url, "http:", "https:", 1)
		},
		calls: 32,
	},
	{
		name:      "tinyproxy: CONNECT denied (403)",
		start:     func(l *lab) { l.rejectingTinyproxy("ConnectPort 1") },
		calls:     32,
		rejection: "the proxy rejected the connection: 403",
	},
	{
		name:      "tinyproxy: password required (407)",
		start:     func(l *lab) { l.rejectingTinyproxy("BasicAuth user password") },
		calls:     32,
		rejection: "the proxy rejected the connection: 407",
	},
	{
		name: "tinyproxy: killed three times",
		start: func(l *lab) {
			l.origin(origin{TLS: true, Latency: 5 * time.Millisecond})
			p := l.tinyproxy("")
			// HTTPS_PROXY does not apply to loopback addresses.
			transport := http.DefaultTransport.(*http.Transport).Clone()
			transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: tinyproxyAddr})
			l.options = append(l.options, facade.WithHTTPClient(&http.Client{Transport: transport}))
			l.disturb = func(int) { p.restart() }
		},
		calls:    320,
		recovers: true,
	},
	{
		name:       "toxiproxy: latency 100 ms ± 50 ms",
		start:      func(l *lab) { l.toxic("latency", 1, `"latency": 100, "jitter": 50`) },
		calls:      160,
		allSucceed: true,
	},
	{
		name:       "toxiproxy: bandwidth 1 KB/s",
		start:      func(l *lab) { l.toxic("bandwidth", 1, `"rate": 1`) },
		calls:      32,
		allSucceed: true,
	},
	{
		name:       "toxiproxy: slicer, 64 bytes at a time",
		start:      func(l *lab) { l.toxic("slicer", 1, `"average_size": 64, "delay": 1000`) },
		calls:      160,
		allSucceed: true,
	},
	{
		name:  "toxiproxy: limit_data, 4000 bytes a connection",
		start: func(l *lab) { l.toxic("limit_data", 1, `"bytes": 4000`) },
		calls: 160,
	},
	{
		name:  "toxiproxy: reset_peer, 1 of 10 connections",
		start: func(l *lab) { l.toxic("reset_peer", 0.1, `"timeout": 0`) },
		calls: 160,
	},
	{
		name:  "toxiproxy: reset_peer, all connections",
		start: func(l *lab) { l.toxic("reset_peer", 1, `"timeout": 0`) },
		calls: 64,
	},
	{
		name:  "toxiproxy: timeout, 1 of 10 connections, 1 s an attempt",
		start: func(l *lab) { l.silent(0.1) },
		calls: 160,
	},
	{
		name:  "toxiproxy: timeout, all connections, 1 s an attempt",
		start: func(l *lab) { l.silent(1) },
		calls: 64,
	},
	{
		name: "origin stopped for 8 s (SIGSTOP), 3 s an attempt",
		start: func(l *lab) {
			l.options = append(l.options, facade.WithTimeout(3*time.Second))
			l.callTimeout = 12 * time.Second
			o := l.origin(origin{})
			l.disturb = func(round int) {
				if round == 1 {
					o.signal(syscall.SIGSTOP)
					time.AfterFunc(8*time.Second, func() { o.signal(syscall.SIGCONT) })
				}
			}
		},
		calls:      400,
		allSucceed: true,
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

func (l *lab) limitedNginx(status string) {
	l.nginx("limit_req zone=all burst=10 nodelay; limit_req_status " + status + ";")
	l.count = l.dir + "/requests"
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

// toxiproxy is built by `make infra`: in go.mod it would add 14 modules.
const toxiproxy = "../../artifacts/server"

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

// silent starts toxiproxy with connections that get no response.
func (l *lab) silent(toxicity float64) {
	l.options = append(l.options, facade.WithTimeout(time.Second))
	l.callTimeout = 4 * time.Second
	l.toxic("timeout", toxicity, `"timeout": 0`)
}
