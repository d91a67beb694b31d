//go:build unix

package facade

import (
	"syscall"
	"testing"
)

// Not parallel: no other test can open a file while the limit holds.
func TestSessionsCreate_NoFileDescriptorIsLeft(t *testing.T) { // row 79
	server := newServer(t, nil, handleSession)
	c := newNetClient(t, newTransport(), server.URL)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	setLimit := func(limit syscall.Rlimit) {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			t.Fatal(err)
		}
	}

	setLimit(syscall.Rlimit{Cur: 3, Max: before.Max})
	defer setLimit(before)
	err := aTransportError(3, "too many open files (3 attempts)").check(t, c)
	checkIs(t, err, syscall.EMFILE)
	setLimit(before)
	aSession(1).check(t, c)
}
