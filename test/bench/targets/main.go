// Command targets reads the output of go test -bench and compares the benchmarks of
// the facade with their targets in a Markdown table. It exits with status 1 if a
// target is missed or was not measured. The arguments are the benchmarks to check.
//
// The facade and the other client take turns. The result is the median of the
// ratios of their turns.
package main

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// targets has the maximum of each figure of the facade, divided by that of another
// client.
var targets = []struct {
	benchmark string
	other     string
	unit      string
	atMost    float64
}{
	{"Network/proto=http/callers=1", "tuned", "allocs/op", 1.08},
	{"Network/proto=tls1/callers=1", "tuned", "allocs/op", 1.08},
	{"Network/proto=tls2/callers=1", "tuned", "allocs/op", 1.08},
	{"Network/proto=http/callers=1", "tuned", "cpu-ns/op", 1.05},
	{"Network/proto=http/callers=64", "tuned", "cpu-ns/op", 1.05},
	{"Network/proto=http/callers=512", "tuned", "cpu-ns/op", 1.05},
	{"Network/proto=tls1/callers=1", "tuned", "cpu-ns/op", 1.05},
	{"Network/proto=tls1/callers=64", "tuned", "cpu-ns/op", 1.05},
	{"Network/proto=tls1/callers=512", "tuned", "cpu-ns/op", 1.05},
	{"Network/proto=tls2/callers=1", "tuned", "cpu-ns/op", 1.05},
	{"Network/proto=tls2/callers=64", "tuned", "cpu-ns/op", 1.05},
	{"Network/proto=tls2/callers=512", "tuned", "cpu-ns/op", 1.05},
	{"Stub", "hand", "allocs/op", 1.25},
	{"Stub", "hand", "cpu-ns/op", 1.25},
	{"Peers/callers=1", "retryablehttp", "cpu-ns/op", 1.05},
}

func main() {
	figures := read()
	status := 0
	fmt.Println("| benchmark | facade / | unit | measured | at most | |")
	fmt.Println("| --- | --- | --- | ---: | ---: | --- |")

	for _, t := range targets {
		group, _, _ := strings.Cut(t.benchmark, "/")
		if !slices.Contains(os.Args[1:], group) {
			continue
		}

		own := figures[t.benchmark+"/client=facade "+t.unit]
		other := figures[t.benchmark+"/client="+t.other+" "+t.unit]
		measured, verdict := "not measured", "FAIL"
		if len(own) > 0 && len(own) == len(other) {
			ratio := medianRatio(own, other)
			measured = fmt.Sprintf("%.3g", ratio)
			if ratio <= t.atMost {
				verdict = "PASS"
			}
		}
		if verdict == "FAIL" {
			status = 1
		}
		fmt.Printf("| %s | %s | %s | %s | %g | %s |\n",
			t.benchmark, t.other, t.unit, measured, t.atMost, verdict)
	}
	os.Exit(status)
}

// read returns the figures of each benchmark and unit, in the order of the turns.
func read() map[string][]float64 {
	figures := map[string][]float64{}
	result := regexp.MustCompile(`^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)`)

	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		match := result.FindStringSubmatch(input.Text())
		if match == nil {
			continue
		}

		fields := strings.Fields(match[2]) // values, each followed by its unit
		for i := 0; i+1 < len(fields); i += 2 {
			key := match[1] + " " + fields[i+1]
			value, err := strconv.ParseFloat(fields[i], 64)
			if err == nil {
				figures[key] = append(figures[key], value)
			}
		}
	}
	return figures
}

func medianRatio(own, other []float64) float64 {
	var ratios []float64
	for i := range own {
		ratios = append(ratios, own[i]/other[i])
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}
