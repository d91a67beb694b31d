package facade

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// checkMemory fails the test if f allocates more than 8 MiB. It measures the whole
// process, so such a test must not be parallel.
func checkMemory(t *testing.T, name string, f func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)

	allocated := float64(after.TotalAlloc-before.TotalAlloc) / (1 << 20)
	t.Logf("figure: memory: %.2f MiB allocated in a call that meets %s", allocated, name)
	build, _ := debug.ReadBuildInfo()
	race := slices.Contains(build.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
	if allocated > 8 && !race { // with the race detector io.ReadAll allocates more
		t.Errorf("%.2f MiB allocated", allocated)
	}
}

// flow reads a request and writes head, and then text until the client closes the
// connection or n times. It allocates next to nothing.
func flow(head, text string, n int) step {
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

func TestSessionsCreate_BoundsMemory(t *testing.T) {
	const forever = 1 << 30
	const chunkedHead = "Transfer-Encoding: chunked\r\n\r\n"
	const gzipHead = "Content-Encoding: gzip\r\nConnection: close\r\n\r\n"
	const ok, unavailable = "HTTP/1.1 200 OK\r\n", "HTTP/1.1 503 Unavailable\r\n"
	bomb := strings.Repeat(gzipped(strings.Repeat("\x00", 1<<20)), 200)
	chunk := fmt.Sprintf("%x\r\n%s\r\n", 64<<10, strings.Repeat("x", 64<<10))
	emptyErrors := `{"downstream_errors":[` + strings.Repeat("{},", 1<<20/3-10) + "{}]}"
	hints := strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 1000)
	lines := strings.Repeat("X-Flood: x\r\n", 1000)
	tooLarge := anInvalidResponse(200, "larger than 1 MiB")
	tests := []struct {
		row   int
		name  string
		key   string
		head  string
		text  string
		times int
		want  outcome
	}{
		{25, "an endless body", testKey, ok + chunkedHead, chunk, forever, tooLarge},
		{25, "three endless bodies with 503", testKey, unavailable + chunkedHead, chunk, forever, anAPIError(503, 3)},
		{25, "three endless bodies, a short key", "short", unavailable + chunkedHead, chunk, forever, anAPIError(503, 3)},
		{25, "1 MiB of downstream errors", testKey, "HTTP/1.0 400 Bad Request\r\n\r\n", emptyErrors, 1, anAPIError(400, 1)},
		{26, "a gzip bomb of 200 MiB", testKey, ok + gzipHead, bomb, 1, tooLarge},
		{26, "three gzip bombs with 503", testKey, unavailable + gzipHead, bomb, 1, anAPIError(503, 3)},
		{28, "endless informational responses", testKey, "", hints, forever, aTransportError(1, "exceeded")},
		{28, "an endless header line", testKey, ok + "X-Flood: ", chunk[7:70], forever, aTransportError(1, "exceeded")},
		{28, "endless header lines", testKey, ok, lines, forever, aTransportError(1, "exceeded")},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("row %d %s", test.row, test.name), func(t *testing.T) {
			steps := slices.Repeat([]step{flow(test.head, test.text, test.times)}, test.want.attempts)
			c := newNetClient(t, newTransport(), newRawServer(t, steps...), WithAPIKey(test.key))
			checkMemory(t, test.name, func() {
				e, ok := test.want.check(t, c).(*apierrors.APIError)
				if ok && len(e.Body()) < maxResponseBody-100 {
					t.Errorf("Body has %d bytes", len(e.Body()))
				}
			})
		})
	}
}

func TestReadBody(t *testing.T) {
	lost := errors.New("lost")
	tests := []struct {
		name   string
		status int
		body   io.Reader
		length int
		err    error
	}{
		{"whole", 200, strings.NewReader("body"), 4, nil},
		{"1 MiB", 200, strings.NewReader(strings.Repeat("x", maxResponseBody)), maxResponseBody, nil},
		{"more", 200, strings.NewReader(strings.Repeat("x", maxResponseBody+1)), maxResponseBody, errTooLarge},
		{"lost", 200, io.MultiReader(strings.NewReader("bo"), iotest.ErrReader(lost)), 2, lost},
		{"101", 101, iotest.ErrReader(lost), 0, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			closed := closeRecorder{Reader: test.body}
			body, err := readBody(&http.Response{StatusCode: test.status, Body: &closed})
			if len(body) != test.length || err != test.err || !closed.closed {
				t.Errorf("%d bytes, %v, closed: %v", len(body), err, closed.closed)
			}
		})
	}
}

type closeRecorder struct {
	io.Reader
	closed bool
}

func (c *closeRecorder) Close() error { c.closed = true; return nil }

func TestCutShort(t *testing.T) {
	untilClose := http.Response{StatusCode: 200, ContentLength: -1, Close: true}
	withLength, withChunks, compressed, failed := untilClose, untilClose, untilClose, untilClose
	withLength.ContentLength = 5
	withChunks.TransferEncoding = []string{"chunked"}
	compressed.Uncompressed = true
	failed.StatusCode = 503
	keptOpen := untilClose
	keptOpen.Close = false
	tests := []struct {
		name string
		resp http.Response
		body string
		want bool
	}{
		{"incomplete JSON", untilClose, `{"a":`, true},
		{"row 93 behind a byte order mark", untilClose, "\ufeff" + `{"a":`, true},
		{"complete JSON", untilClose, `{"a":1}`, false},
		{"invalid before its end", untilClose, `<html>`, false},
		{"nothing", untilClose, ``, false},
		{"with a length", withLength, `{"a":`, false},
		{"chunked", withChunks, `{"a":`, false},
		{"in gzip, which has an end", compressed, `{"a":`, false},
		{"an error response", failed, `{"a":`, false},
		{"HTTP/2", keptOpen, `{"a":`, false},
	}
	for _, test := range tests {
		if got := cutShort(&test.resp, []byte(test.body)); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}
