//go:build unix

package facade_test

import (
	"syscall"
	"testing"
	"time"
)

// Not parallel: no other test can open a file while the limit holds.
func TestSessionsCreate_NoFileDescriptorIsLeft(t *testing.T) { // row 79
	server, _ := plainServer(t, creates)
	c := newRawClient(t, nil, server.URL)
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
	outcome{is: syscall.EMFILE, attempts: 3, max: time.Minute, says: "too many open files (3 attempts)"}.check(t, c)
	setLimit(before)
	outcome{session: true, attempts: 1, max: time.Minute}.check(t, c)
}
