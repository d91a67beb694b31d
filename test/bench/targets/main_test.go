package main

import (
	"io"
	"strings"
	"testing"
)

const output = `goos: linux
BenchmarkStub/callers=1/client=hand-2  100  1000 ns/op  900 cpu-ns/op  5 B/op  50 allocs/op
BenchmarkStub/callers=1/client=facade-2  100  1300 ns/op  1000 cpu-ns/op  5 B/op  60 allocs/op
BenchmarkStub/callers=1/client=facade-2  100  1050 ns/op  1200 cpu-ns/op  5 B/op  60 allocs/op
PASS
`

func TestTheBestRoundOfEachSideIsCompared(t *testing.T) {
	t.Parallel()
	r, rounds, err := read(strings.NewReader(output))
	if err != nil || rounds != 2 {
		t.Fatalf("%d rounds, error %v; want 2, nil", rounds, err)
	}
	if got := targets[0].got(r); got != 1.05 {
		t.Errorf("time ratio is %v, want 1.05", got)
	}
}

func TestATargetThatIsMissedOrNotMeasuredFails(t *testing.T) {
	t.Parallel()
	r, _, err := read(strings.NewReader(output))
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	all := len(targets) - 2 // without those for comparison only
	// Of all targets only the time on the stub is both measured and met.
	if missed := report(&table, r); missed != all-1 {
		t.Errorf("%d targets missed, want %d:\n%s", missed, all-1, &table)
	}
	if !strings.Contains(table.String(), "allocations, facade / by hand | 1.2 | ≤ 1.1 | FAIL |") {
		t.Errorf("the allocations' target is not reported as missed:\n%s", &table)
	}
	if _, _, err := read(io.LimitReader(strings.NewReader(output), 12)); err == nil {
		t.Error("output without a benchmark is accepted")
	}
}
