package infra

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// lab is the environment of one client in one scenario. Its processes stop when the
// test ends.
type lab struct {
	*testing.T
	dir     string
	url     string          // the base URL
	proxy   string          // for https URLs; "": the environment's, which does not apply to loopback addresses
	count   string          // a file with a byte for each request received
	disturb func(round int) // called after 1, 2 and 3 quarters of the calls
	timeout time.Duration   // of one attempt

	attempts, rescued atomic.Int64
}

func (l *lab) requests() int64 { return must(os.Stat(l.count)).Size() }

// write writes a file and returns its path.
func (l *lab) write(name, content string) string {
	must(0, os.WriteFile(l.dir+"/"+name, []byte(content), 0o644))
	return l.dir + "/" + name
}

// config writes a file of testdata, with replacements as in strings.NewReplacer.
func (l *lab) config(name string, oldnew ...string) string {
	return l.write(name, strings.NewReplacer(oldnew...).Replace(string(must(os.ReadFile("testdata/"+name)))))
}

// process is a program that listens on addr.
type process struct {
	*exec.Cmd
	lab  *lab
	addr string
	mu   sync.Mutex
}

// run starts a program and waits until it accepts connections. If it is not
// installed, run skips the test, or fails it with REQUIRE_INFRA=1.
func (l *lab) run(addr string, args ...string) *process {
	program, err := exec.LookPath(args[0])
	if err != nil && os.Getenv("REQUIRE_INFRA") == "1" {
		l.Fatal(err)
	} else if err != nil {
		l.Skip(err)
	}
	p := &process{Cmd: exec.Command(program, args[1:]...), lab: l, addr: addr}
	l.Cleanup(func() { p.stop(syscall.SIGTERM) })
	p.start()
	return p
}

func (p *process) start() {
	log := must(os.CreateTemp(p.lab.dir, "log")) // a pipe would need a goroutine
	defer log.Close()
	p.Cmd = exec.Command(p.Path, p.Args[1:]...)
	p.Stdout, p.Stderr = log, log
	must(0, p.Start())
	for range 500 {
		if conn, err := net.Dial("tcp", p.addr); err == nil {
			conn.Close()
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	p.lab.Fatalf("%s does not listen on %s: %s", p.Path, p.addr, must(os.ReadFile(log.Name())))
}

// stop sends the program a signal, resumes it if it was stopped, and waits.
func (p *process) stop(s syscall.Signal) {
	p.Process.Signal(s)
	p.Process.Signal(syscall.SIGCONT)
	p.Wait()
}

// restart kills the program and starts it again on the same port.
func (p *process) restart() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stop(syscall.SIGKILL)
	p.start()
}

// freeAddr returns a loopback address that nothing listens on. Its port is outside
// the range for outgoing connections, so that it is still free for a restart.
func freeAddr() string {
	for range 100 {
		if listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(12000))); err == nil {
			defer listener.Close()
			return listener.Addr().String()
		}
	}
	panic("no free port")
}
