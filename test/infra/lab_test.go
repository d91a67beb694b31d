//go:build linux

package infra

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/apideck-community/vault-go/facade"
)

// lab is the environment of a scenario. Its processes stop when the test ends.
type lab struct {
	*testing.T
	dir     string
	url     string          // the base URL
	count   string          // a file with a byte for each request received
	disturb func(round int) // called after 1, 2 and 3 quarters of the calls

	options     []facade.Option
	callTimeout time.Duration
	pause       time.Duration // of a caller between two calls
}

func newLab(t *testing.T) *lab {
	l := &lab{
		T:           t,
		dir:         t.TempDir(),
		disturb:     func(int) {},
		callTimeout: 3100 * time.Millisecond,
	}
	l.count = l.write("count", "")
	return l
}

// write writes a file and returns its path.
func (l *lab) write(name, content string) string {
	path := l.dir + "/" + name
	check(os.WriteFile(path, []byte(content), 0o644))
	return path
}

// config writes a file of testdata, with replacements as in strings.NewReplacer.
func (l *lab) config(name string, oldnew ...string) string {
	template := string(must(os.ReadFile("testdata/" + name)))
	return l.write(name, strings.NewReplacer(oldnew...).Replace(template))
}

// process is a program that listens on addr.
type process struct {
	lab  *lab
	addr string
	args []string

	mu  sync.Mutex // of restart
	cmd *exec.Cmd
}

// run starts a program and waits until it accepts connections. If it is not
// installed, run skips the test, or fails it with REQUIRE_INFRA=1.
func (l *lab) run(addr string, args ...string) *process {
	_, err := exec.LookPath(args[0])
	if err != nil && os.Getenv("REQUIRE_INFRA") == "1" {
		l.Fatal(err)
	}
	if err != nil {
		l.Skip(err)
	}

	p := &process{lab: l, addr: addr, args: args}
	p.start()
	l.Cleanup(p.kill)
	return p
}

// start starts the program in a process group of its own. It ends with this process.
func (p *process) start() {
	log := must(os.CreateTemp(p.lab.dir, "log"))
	defer log.Close()

	p.cmd = exec.Command(p.args[0], p.args[1:]...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	check(p.cmd.Start())

	for range 500 {
		conn, err := net.Dial("tcp", p.addr)
		if err == nil {
			conn.Close()
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	p.lab.Fatalf("%s does not listen on %s: %s", p.args[0], p.addr, must(os.ReadFile(log.Name())))
}

// signal sends a signal to the program, but not to the processes that it started.
func (p *process) signal(s syscall.Signal) { p.cmd.Process.Signal(s) }

// kill kills the program and the processes that it started.
func (p *process) kill() {
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	p.cmd.Wait()
}

// restart kills the program and starts it again on the same port.
func (p *process) restart() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kill()
	p.start()
}

// freeAddr returns a loopback address that nothing listens on. Its port is outside
// the range for outgoing connections, so that it is still free for a restart.
func freeAddr() string {
	for range 100 {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(12000)))
		if err == nil {
			defer listener.Close()
			return listener.Addr().String()
		}
	}
	panic("no free port")
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
