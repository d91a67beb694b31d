// Command targets reads the output of go test -bench, prints how the facade's
// benchmarks stand to their targets as a Markdown table, and exits with 1 when
// one is missed or was not measured. Of several rounds the best counts: what
// else runs on a machine only ever adds to a figure.
package main

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// Each target is a figure of the facade divided by that of another client, or
// the figure alone, and must not exceed most.
var targets = []struct {
	benchmark, other, unit string
	most                   float64
}{
	{"Stub/callers=1", "hand", "ns/op", 1.15},
	{"Stub/callers=1", "hand", "allocs/op", 1.15},
	{"Stub/callers=512", "hand", "cpu-ns/op", 1.15},
	{"Network/proto=tls1/callers=64", "tuned", "cpu-ns/op", 1.15},
	{"Network/proto=tls1/callers=512", "tuned", "cpu-ns/op", 1.15},
	{"Network/proto=tls2/callers=64", "tuned", "cpu-ns/op", 1.15},
	{"Network/proto=tls2/callers=512", "tuned", "cpu-ns/op", 1.15},
	{"Network/proto=tls1/callers=512", "default", "ns/op", 0.2},
	{"RetryLayer", "", "retry-ns/op", 50},
	{"RetryLayer", "", "retry-allocs/op", 0},
	{"New", "", "ns/op", 5000},
}

func main() {
	best := map[string]float64{}
	line := regexp.MustCompile(`^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)`)
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		match := line.FindStringSubmatch(input.Text())
		if match == nil {
			continue
		}
		figures := strings.Fields(match[2])
		for i := 0; i+1 < len(figures); i += 2 {
			key := match[1] + " " + figures[i+1]
			value, err := strconv.ParseFloat(figures[i], 64)
			if before, ok := best[key]; err == nil && (!ok || value < before) {
				best[key] = value
			}
		}
	}
	figure := func(key string) float64 {
		if value, ok := best[key]; ok {
			return value
		}
		return math.NaN()
	}
	status := 0
	fmt.Println("| benchmark | facade / | unit | measured | at most | |\n| --- | --- | --- | ---: | ---: | --- |")
	for _, t := range targets {
		verdict, got := "PASS", figure(t.benchmark+" "+t.unit)
		if t.other != "" {
			got = figure(t.benchmark+"/client=facade "+t.unit) / figure(t.benchmark+"/client="+t.other+" "+t.unit)
		}
		if !(got <= t.most) { // NaN, too
			verdict, status = "FAIL", 1
		}
		fmt.Printf("| %s | %s | %s | %.4g | %g | %s |\n", t.benchmark, t.other, t.unit, got, t.most, verdict)
	}
	os.Exit(status)
}
