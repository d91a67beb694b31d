// Command targets reads the output of the facade's benchmarks, which ran round
// after round, and prints how they stand to the library's targets, as a
// Markdown table. It exits with 1 when one is missed.
//
// Each figure is the best of its rounds: what else runs on a machine only ever
// adds to one. The retry layer's is a difference of two, and so the median.
package main

import (
	"bufio"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// results is what was measured, round by round and lowest first, by "name
// unit". The name is without "Benchmark" and the number of processors.
type results map[string][]float64

func main() {
	peers := flag.Bool("peers", false, "read the benchmarks of test/bench, which have no targets")
	flag.Parse()
	r, rounds, err := read(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, "targets:", err)
		os.Exit(2)
	}
	fmt.Printf("Best of %d rounds, %s, %s/%s, %d processors, %s.\n\n", rounds, runtime.Version(), runtime.GOOS, runtime.GOARCH,
		runtime.NumCPU(), time.Now().UTC().Format(time.DateOnly))
	if *peers {
		printPeers(os.Stdout, r)
		return
	}
	missed := report(os.Stdout, r)
	fmt.Println()
	printComparisons(os.Stdout, r)
	if missed > 0 {
		os.Exit(1)
	}
}

var processors = regexp.MustCompile(`-\d+$`)

func read(in io.Reader) (r results, rounds int, err error) {
	r = results{}
	seen := map[string]int{}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := processors.ReplaceAllString(strings.TrimPrefix(fields[0], "Benchmark"), "")
		seen[name]++
		for i := 2; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return nil, 0, err
			}
			key := name + " " + fields[i+1]
			r[key] = append(r[key], value)
		}
	}
	if len(r) == 0 {
		return nil, 0, errors.New("no benchmark in the input")
	}
	for _, values := range r {
		slices.Sort(values)
	}
	return r, slices.Max(slices.Collect(maps.Values(seen))), lines.Err()
}

// target is one promise. got returns NaN for what was not run.
type target struct {
	name   string
	got    func(results) float64
	limit  float64 // 0: none, for comparison only
	atMost bool
}

func ratio(a, b string) func(results) float64 {
	return func(r results) float64 { return r.of(a) / r.of(b) }
}

// of returns the best round, or NaN when there is none.
func (r results) of(key string) float64 {
	if len(r[key]) == 0 {
		return math.NaN()
	}
	return r[key][0]
}

func (r results) median(key string) float64 {
	if len(r[key]) == 0 {
		return math.NaN()
	}
	return r[key][len(r[key])/2]
}

var targets = []target{
	{"stub, 1 caller: time, facade / by hand", ratio("Stub/callers=1/client=facade ns/op", "Stub/callers=1/client=hand ns/op"), 1.10, true},
	{"stub, 1 caller: allocations, facade / by hand", ratio("Stub/callers=1/client=facade allocs/op", "Stub/callers=1/client=hand allocs/op"), 1.10, true},
	{"TLS, HTTP/1.1, 64 callers: throughput, facade / tuned by hand", throughput("tls1", 64, "tuned"), 0.95, false},
	{"TLS, HTTP/1.1, 512 callers: throughput, facade / tuned by hand", throughput("tls1", 512, "tuned"), 0.95, false},
	{"TLS, HTTP/2, 64 callers: throughput, facade / tuned by hand", throughput("tls2", 64, "tuned"), 0.95, false},
	{"TLS, HTTP/2, 512 callers: throughput, facade / tuned by hand", throughput("tls2", 512, "tuned"), 0.95, false},
	{"TLS, HTTP/1.1, 64 callers: throughput, facade / net/http's defaults", throughput("tls1", 64, "default"), 15, false},
	{"TLS, HTTP/1.1, 512 callers: throughput, facade / net/http's defaults", throughput("tls1", 512, "default"), 15, false},
	{"stub: CPU time of a call, dearest of 8, 64, 512 callers / 1 caller", flat("Stub/callers=%d/client=facade cpu-ns/op"), 1.2, true},
	{"the same by hand", flat("Stub/callers=%d/client=hand cpu-ns/op"), 0, true},
	{"TLS, HTTP/1.1: CPU time of a call, dearest of 8, 64, 512 callers / 1 caller", flat("Network/proto=tls1/callers=%d/client=facade cpu-ns/op"), 1.2, true},
	{"the same by hand, tuned", flat("Network/proto=tls1/callers=%d/client=tuned cpu-ns/op"), 0, true},
	{"retry layer, happy path, ns", func(r results) float64 { return r.median("RetryLayer retry-ns/op") }, 50, true},
	{"retry layer, happy path, allocations", func(r results) float64 { return r.median("RetryLayer retry-allocs/op") }, 0.001, true},
	{"New, ns", func(r results) float64 { return r.of("New ns/op") }, 5000, true},
}

func throughput(proto string, callers int, other string) func(results) float64 {
	name := fmt.Sprintf("Network/proto=%s/callers=%d/client=", proto, callers)
	return ratio(name+other+" ns/op", name+"facade ns/op")
}

func flat(format string) func(results) float64 {
	return func(r results) float64 {
		most := 0.0
		for _, callers := range []int{8, 64, 512} {
			most = max(most, r.of(fmt.Sprintf(format, callers))) // max of NaN is NaN
		}
		return most / r.of(fmt.Sprintf(format, 1))
	}
}

// report prints the table and returns how many targets are missed. One that was
// not measured counts as missed.
func report(w io.Writer, r results) (missed int) {
	fmt.Fprintf(w, "| target | measured | wanted | |\n| --- | ---: | ---: | --- |\n")
	for _, t := range targets {
		got, sign := t.got(r), "≥"
		if t.limit == 0 {
			fmt.Fprintf(w, "| %s | %.3g | | |\n", t.name, got)
			continue
		}
		met := got >= t.limit
		if t.atMost {
			sign, met = "≤", got <= t.limit
		}
		verdict := "PASS"
		if !met {
			verdict = "FAIL"
			missed++
		}
		fmt.Fprintf(w, "| %s | %.3g | %s %g | %s |\n", t.name, got, sign, t.limit, verdict)
	}
	return missed
}

// printComparisons prints a table of every benchmark that has a facade and
// another side.
func printComparisons(w io.Writer, r results) {
	fmt.Fprintf(w, "| benchmark | facade | by hand | time | CPU time | allocations |\n| --- | ---: | ---: | ---: | ---: | ---: |\n")
	for _, key := range slices.Sorted(maps.Keys(r)) {
		name, ok := strings.CutSuffix(key, "/client=facade ns/op")
		if !ok {
			continue
		}
		other := "tuned"
		if strings.HasPrefix(name, "Stub") {
			other = "hand"
		}
		side := func(client, unit string) float64 { return r.of(name + "/client=" + client + " " + unit) }
		ratio := func(unit string) float64 { return side("facade", unit) / side(other, unit) }
		fmt.Fprintf(w, "| %s | %.1f µs, %.0f | %.1f µs, %.0f | %.2f | %.2f | %.2f |\n", name,
			side("facade", "ns/op")/1000, side("facade", "allocs/op"), side(other, "ns/op")/1000, side(other, "allocs/op"),
			ratio("ns/op"), ratio("cpu-ns/op"), ratio("allocs/op"))
	}
}

// printPeers prints a table of the clients of test/bench, cheapest first.
func printPeers(w io.Writer, r results) {
	type peer struct {
		name                 string
		alone, many, mallocs float64
	}
	var all []peer
	for key := range r {
		if name, ok := strings.CutSuffix(key, " ns/op"); ok && strings.HasPrefix(name, "Peers/callers=1/client=") {
			name = strings.TrimPrefix(name, "Peers/callers=1/client=")
			all = append(all, peer{name, r.of(key), r.of("Peers/callers=64/client=" + name + " ns/op"), r.of("Peers/callers=1/client=" + name + " allocs/op")})
		}
	}
	slices.SortFunc(all, func(a, b peer) int { return cmp.Compare(a.alone, b.alone) })
	own := func(unit string, callers int) float64 {
		return r.of(fmt.Sprintf("Peers/callers=%d/client=facade %s", callers, unit))
	}
	fmt.Fprintf(w, "| client | 1 caller | / facade | 64 callers | / facade | allocations |\n| --- | ---: | ---: | ---: | ---: | ---: |\n")
	for _, p := range all {
		fmt.Fprintf(w, "| %s | %.1f µs | %.2f | %.1f µs | %.2f | %.0f |\n", p.name, p.alone/1000, p.alone/own("ns/op", 1), p.many/1000, p.many/own("ns/op", 64), p.mallocs)
	}
}
