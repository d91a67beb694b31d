package facade_test

import (
	"compress/gzip"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
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
func TestSessionsCreate_BoundsMemory(t *testing.T) {
	const forever = 1 << 30
	endless := func(status string) string {
		return "HTTP/1.1 " + status + "\r\nTransfer-Encoding: chunked\r\n\r\n"
	}
	inGzip := func(status string) string {
		return "HTTP/1.1 " + status + "\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"
	}
	zeros := bomb(200)
	chunk := fmt.Sprintf("%x\r\n%s\r\n", 64<<10, strings.Repeat("x", 64<<10))
	empty := `{"downstream_errors":[` + strings.Repeat("{},", 1<<20/3-10) + "{}]}"
	hints, lines := strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 1000), strings.Repeat("X-Flood: x\r\n", 1000)
	tooLarge := invalidResponse(200, "larger than 1 MiB")
	unavailable, badRequest := outcome{status: 503, attempts: 3}, outcome{status: 400, attempts: 1}
	tests := []struct {
		n     int
		name  string
		head  string
		text  string
		times int
		want  outcome
	}{
		{26, "a gzip bomb of 200 MiB", inGzip("200 OK"), zeros, 1, tooLarge},
		{26, "three gzip bombs with 503", inGzip("503 Unavailable"), zeros, 1, unavailable},
		{25, "an endless body", endless("200 OK"), chunk, forever, tooLarge},
		{25, "three endless bodies with 503", endless("503 Unavailable"), chunk, forever, unavailable},
		{25, "three endless bodies, a short key", endless("503 Unavailable"), chunk, forever, unavailable},
		{25, "1 MiB of empty downstream errors", "HTTP/1.0 400 Bad Request\r\n\r\n", empty, 1, badRequest},
		{28, "endless informational responses", "", hints, forever, failed(1, "exceeded")},
		{28, "an endless header line", "HTTP/1.1 200 OK\r\nX-Flood: ", chunk[7:70], forever, failed(1, "exceeded")},
		{28, "endless header lines", "HTTP/1.1 200 OK\r\n", lines, forever, failed(1, "exceeded")},
	}
	for _, r := range tests {
		t.Run(fmt.Sprintf("row %d %s", r.n, r.name), func(t *testing.T) {
			step := flow(r.head, r.text, r.times)
			key := testKey
			if strings.Contains(r.name, "short key") {
				key = "short"
			}
			server := newRawServer(t, slices.Repeat([]func(*net.TCPConn){step}, r.want.attempts)...)
			c := newRawClient(t, nil, server, facade.WithAPIKey(key))
			r.want.max = time.Minute
			err := checkMemory(t, c, r.name, r.want)
			if e, ok := err.(*apierrors.APIError); ok && len(e.Body()) < facade.MaxResponseBody-100 {
				t.Errorf("Body has %d bytes", len(e.Body()))
			}
		})
	}
}

func checkMemory(t *testing.T, c *facade.Client, name string, want outcome) error {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := want.check(t, c)
	runtime.ReadMemStats(&after)
	allocated := float64(after.TotalAlloc-before.TotalAlloc) / (1 << 20)
	t.Logf("figure: memory: %.2f MiB allocated in a call that meets %s", allocated, name)
	if allocated > 8 {
		t.Errorf("%.2f MiB allocated", allocated)
	}
	return err
}
