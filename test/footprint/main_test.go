//go:build unix

package main

import (
	"path/filepath"
	"testing"
)

func TestTheBinaryGrowsByAtMost350KiB(t *testing.T) {
	t.Parallel()
	var size [2]int64
	for i, source := range []string{sdkSource, bareSource} {
		p, err := newProgram(filepath.Join(t.TempDir(), "program"), source)
		if err != nil {
			t.Fatal(err)
		}
		if size[i], err = p.size("-ldflags=-s -w"); err != nil {
			t.Fatal(err)
		}
	}
	if more := size[0] - size[1]; more > maxExtraSize || more < 10<<10 {
		t.Errorf("the library adds %d bytes to a binary, want at most %d (and, for the measurement to mean anything, some)", more, maxExtraSize)
	}
}

func TestTheLibraryDoesNothingBeforeMain(t *testing.T) {
	t.Parallel()
	p, err := newProgram(filepath.Join(t.TempDir(), "program"), sdkSource)
	if err != nil {
		t.Fatal(err)
	}
	own, theirs, err := p.initWork()
	if err != nil {
		t.Fatal(err)
	}
	if len(own) > 0 {
		t.Errorf("these packages have init work: %v", own)
	}
	if len(theirs) == 0 {
		t.Error("no dependency has init work, though google/uuid has: the search finds nothing")
	}
}
