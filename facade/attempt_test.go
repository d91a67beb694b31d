package facade

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// bomb is a gzip stream of n MiB of zeros, or the beginning of one: each MiB is
// a block of its own that ends on a byte.
func bomb(n int) string {
	const mib = 1 << 20
	var buf strings.Builder
	w := gzip.NewWriter(&buf)
	lengths := make([]int, 3)
	for i := range lengths {
		w.Write(make([]byte, mib))
		w.Flush()
		lengths[i] = buf.Len()
	}
	text := buf.String()
	return text[:lengths[1]] + strings.Repeat(text[lengths[1]:lengths[2]], n-2)
}

// flow is a step that reads a request and writes head, and then text until the
// client closes or n times. It allocates next to nothing.
func flow(head, text string, n int) func(*net.TCPConn) {
	data := []byte(text)
	return func(conn *net.TCPConn) {
		send(head)(conn)
		for range n {
			if _, err := conn.Write(data); err != nil {
				return
			}
		}
		conn.CloseWrite()
		conn.Read(make([]byte, 1))
	}
}

// Not parallel: it measures what the whole process allocates.
func TestMemoryIsBounded(t *testing.T) { // rows 25, 26 and 28
	const forever = 1 << 30
	const endless = "HTTP/1.1 %s\r\nTransfer-Encoding: chunked\r\n\r\n"
	chunk := fmt.Sprintf("%x\r\n%s\r\n", 64<<10, strings.Repeat("x", 64<<10))
	hints := strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 1000)
	tests := []struct {
		row   int
		name  string
		head  string
		text  string
		times int
		want  outcome
	}{
		{26, "a gzip bomb of 200 MiB", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n", bomb(200), 1, outcome{invalid: 200, attempts: 1, says: "larger than 1 MiB"}},
		{26, "three gzip bombs with 503", "HTTP/1.1 503 Unavailable\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n", bomb(200), 1, outcome{status: 503, attempts: 3}},
		{25, "a stream without end", fmt.Sprintf(endless, "200 OK"), chunk, forever, outcome{invalid: 200, attempts: 1, says: "larger than 1 MiB"}},
		{25, "three streams without end with 503", fmt.Sprintf(endless, "503 Unavailable"), chunk, forever, outcome{status: 503, attempts: 3}},
		{25, "a body of 1 MiB less one byte", fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", maxResponseBody-1), strings.Repeat("x", maxResponseBody-1), 1, outcome{invalid: 200, attempts: 1, says: "not JSON"}},
		{25, "a refusal of 1 MiB of empty downstream errors", "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", `{"downstream_errors":[` + strings.Repeat("{},", 1<<20/3-10) + "{}]}", 1, outcome{status: 400, attempts: 1}},
		{28, "informational answers without end", "", hints, forever, outcome{is: errAny, attempts: 1, says: "exceeded"}},
		{28, "a header line without end", "HTTP/1.1 200 OK\r\nX-Flood: ", chunk[7:70], forever, outcome{is: errAny, attempts: 1, says: "exceeded"}},
		{28, "header lines without end", "HTTP/1.1 200 OK\r\n", strings.Repeat("X-Flood: x\r\n", 1000), forever, outcome{is: errAny, attempts: 1, says: "exceeded"}},
	}
	for _, r := range tests {
		t.Run(fmt.Sprintf("row %d %s", r.row, r.name), func(t *testing.T) {
			steps := make([]func(*net.TCPConn), r.want.attempts)
			for i := range steps {
				steps[i] = flow(r.head, r.text, r.times)
			}
			c := newRawClient(t, newRawServer(t, steps...))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			out, err := c.Vault.Sessions.Create(t.Context(), Session{})
			runtime.ReadMemStats(&after)
			r.want.max = time.Minute
			r.want.check(t, out, err, 0)
			allocated := float64(after.TotalAlloc-before.TotalAlloc) / (1 << 20)
			t.Logf("figure: memory: %.2f MiB allocated in a call that meets %s", allocated, r.name)
			if allocated > 4 {
				t.Errorf("%.2f MiB allocated", allocated)
			}
			if e, ok := err.(*apierrors.APIError); ok && len(e.Body()) < maxResponseBody-100 {
				t.Errorf("Body has %d bytes", len(e.Body()))
			}
		})
	}
}

func TestMemoryIsBoundedOverHTTP2(t *testing.T) { synctest.Test(t, memoryIsBoundedOverHTTP2) }

func memoryIsBoundedOverHTTP2(t *testing.T) { // row 28; not parallel, as above
	const streams = 1 // the first stream of a connection
	frame := append([]byte{0, 0, byte(len(status103)), frameHeaders, flagEndHeaders, 0, 0, 0, streams}, status103...)
	flood := bytes.Repeat(frame, 1000)
	c := newHTTP2Client(t, pipes(always(http2(func(p peer, stream uint32) bool {
		// Above the limit, and not without end: the client reads on after it
		// has given up the stream, and would be measured doing so.
		for range 7 {
			p.Write(flood)
		}
		return true
	}))))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	out, err := c.Vault.Sessions.Create(t.Context(), Session{})
	runtime.ReadMemStats(&after)
	outcome{is: errAny, attempts: 1, max: time.Minute, says: "header list too large"}.check(t, out, err, 0)
	allocated := float64(after.TotalAlloc-before.TotalAlloc) / (1 << 20)
	t.Logf("figure: memory: %.2f MiB allocated in a call that meets informational answers without end over HTTP/2", allocated)
	if allocated > 4 {
		t.Errorf("%.2f MiB allocated", allocated)
	}
}

// layers returns an attempt alone, and the same under call.Do and the budget:
// the difference is what retries cost a call that needs none.
func layers(tb testing.TB) (attempt, layered func()) {
	resp := &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody}
	c := newFaultClient(tb, WithLogger(nil), transportFunc(func(*http.Request) (*http.Response, error) { return resp, nil }).option())
	req, err := http.NewRequest(http.MethodPost, "http://127.0.0.1:9/vault/sessions", nil)
	if err != nil {
		tb.Fatal(err)
	}
	one, err := c.newCall("POST /vault/sessions", nil)
	if err != nil {
		tb.Fatal(err)
	}
	attempt = func() {
		one.attempts = 1
		if _, err := one.attempt(req); err != nil {
			tb.Fatal(err)
		}
	}
	layered = func() {
		one.attempts = 0
		if _, err := one.Do(req); err != nil {
			tb.Fatal(err)
		}
		one.budget.succeeded(one.attempts)
	}
	return attempt, layered
}

func TestTheRetryLayerAllocatesNothing(t *testing.T) {
	attempt, layered := layers(t)
	// The least of some rounds: the runtime allocates now and then as well.
	bare, with := math.Inf(1), math.Inf(1)
	for range 10 {
		bare, with = min(bare, testing.AllocsPerRun(200, attempt)), min(with, testing.AllocsPerRun(200, layered))
	}
	t.Logf("figure: retry layer: %v allocations over the %v of an attempt", with-bare, bare)
	if with != bare {
		t.Errorf("%v allocations with retries, %v without", with, bare)
	}
}

func TestAnAttemptEndsWithTheCallsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		policy := DefaultRetryConfig()
		policy.MaxElapsedTime = 20 * time.Second
		hangs := transportFunc(func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		})
		c := newFaultClient(t, hangs.option(), WithRetries(policy))
		start := time.Now()
		_, err := c.Vault.Sessions.Create(t.Context(), Session{})
		if took := time.Since(start); took != 20*time.Second {
			t.Errorf("took %v", took)
		}
		if e, ok := err.(*apierrors.TransportError); !ok || !e.Timeout() || e.Attempts != 2 {
			t.Errorf("got %v", err)
		}
	})
}
