package facade

import (
	"context"
	"fmt"
	"net"
	"syscall"
	"testing"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// deaf returns a loopback address where a dial gets no answer at all: the
// listener's queue is full, and Linux then drops what arrives.
func deaf(tb testing.TB) string {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		tb.Skip(err)
	}
	tb.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		tb.Skip(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		tb.Skip(err)
	}
	bound, err := syscall.Getsockname(fd)
	if err != nil {
		tb.Skip(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", bound.(*syscall.SockaddrInet4).Port)
	for range 10 {
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		cancel()
		if err != nil {
			return address
		}
		tb.Cleanup(func() { conn.Close() })
	}
	tb.Skip("this system answers dials although nobody accepts them")
	return ""
}

func TestADialThatHangsEndsAfterFiveSeconds(t *testing.T) { // row 4, in real time
	t.Parallel()
	c := newFaultClient(t, WithBaseURL("http://"+deaf(t)), attemptsOnly(1))
	start := time.Now()
	_, err := c.Vault.Sessions.Create(t.Context(), Session{})
	took := time.Since(start)
	if e, ok := err.(*apierrors.TransportError); !ok || !e.Timeout() {
		t.Errorf("got %v", err)
	}
	if took < 4900*time.Millisecond || took > 9*time.Second {
		t.Errorf("took %v, want 5s", took)
	}
}
