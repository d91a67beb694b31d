package main

import (
	"strings"
	"testing"
)

func TestFaultsPick_FollowsTheFractions(t *testing.T) {
	t.Parallel()
	var f faults
	if err := f.parse("429:0.1, 503:0.05,drop:0.25,400:0.1,599:0.1,500:0"); err != nil {
		t.Fatal(err)
	}
	const drop = -1
	for number, want := range map[float64]int{
		0: 429, .09: 429, .1: 503, .14: 503, .16: drop, .39: drop, .41: 400, .51: 599, .61: 0, .99: 0,
	} {
		reply := f.pick(number)
		got := reply.Status
		if reply.Drop {
			got = drop
		}
		if got != want {
			t.Errorf("%v: %d, want %d", number, got, want)
		}
	}
}

func TestFaultsParse_RejectsOtherValues(t *testing.T) {
	t.Parallel()
	for flag := range strings.FieldsSeq("429 429:2 429:-1 429:NaN 399:0.1 600:0.1 dorp:0.1 429:0.1,") {
		if err := new(faults).parse(flag); err == nil {
			t.Errorf("%s: no error", flag)
		}
	}
}
