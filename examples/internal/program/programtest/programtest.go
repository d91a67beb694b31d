// Package programtest runs an example command inside a test.
package programtest

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"
	"time"
)

// Program is a running command that serves HTTP.
type Program struct {
	URL   string       // from its first line of output
	Stop  func() error // cancels the context and returns the error of run
	t     *testing.T
	lines chan string
}

// Start runs the command on a free port.
func Start(t *testing.T, run func(context.Context, []string, io.Writer, io.Writer) error, args ...string) *Program {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, stdout := io.Pipe()
	ended := make(chan error, 1)
	p := &Program{t: t, lines: make(chan string, 100), Stop: func() error { cancel(); return <-ended }}
	t.Cleanup(cancel)
	go func() {
		err := run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), stdout, io.Discard)
		stdout.CloseWithError(err)
		ended <- err
	}()
	go func() {
		defer close(p.lines)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			p.lines <- scanner.Text()
		}
	}()
	line := p.Line()
	if p.URL = line[strings.LastIndex(line, " ")+1:]; !strings.HasPrefix(p.URL, "http://127.0.0.1:") {
		t.Fatalf("the command does not listen: %v", <-ended)
	}
	return p
}

// Line returns the next line of standard output. The test fails if there is none
// within 10 seconds.
func (p *Program) Line() string {
	p.t.Helper()
	select {
	case line := <-p.lines:
		return line
	case <-time.After(10 * time.Second):
		p.t.Fatal("no line was printed")
		return ""
	}
}
