// Command targets reads the output of go test -bench and compares the facade's
// benchmarks with their targets in a Markdown table. It exits with status 1 if a
// target is missed or was not measured. The facade and the other client take
// turns; the result is the median of the ratios.
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

// Each target is the maximum of a figure of the facade, divided by that of another
// client if there is one.
var targets = []struct {
	benchmark, other, unit string
	most                   float64
}{
	{"Stub/callers=1", "hand", "cpu-ns/op", 1.2},
	{"Stub/callers=1", "hand", "allocs/op", 1.15},
	{"Stub/callers=512", "hand", "cpu-ns/op", 1.2},
	{"Network/proto=tls1/callers=64", "tuned", "cpu-ns/op", 1.2},
	{"Network/proto=tls1/callers=512", "tuned", "cpu-ns/op", 1.2},
	{"Network/proto=tls2/callers=64", "tuned", "cpu-ns/op", 1.2},
	{"Network/proto=tls2/callers=512", "tuned", "cpu-ns/op", 1.2},
	{"Network/proto=tls1/callers=512", "default", "ns/op", 0.2},
	{"RetryLayer", "", "retry-ns/op", 50},
	{"RetryLayer", "", "retry-allocs/op", 0},
	{"New", "", "ns/op", 5000},
}

func main() {
	figures := map[string][]float64{} // in the order of the turns
	line := regexp.MustCompile(`^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)`)
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		match := line.FindStringSubmatch(input.Text())
		if match == nil {
			continue
		}
		fields := strings.Fields(match[2])
		for i := 0; i+1 < len(fields); i += 2 {
			if value, err := strconv.ParseFloat(fields[i], 64); err == nil {
				figures[match[1]+" "+fields[i+1]] = append(figures[match[1]+" "+fields[i+1]], value)
			}
		}
	}
	status := 0
	fmt.Println("| benchmark | facade / | unit | measured | at most | |\n| --- | --- | --- | ---: | ---: | --- |")
	for _, t := range targets {
		own, other := figures[t.benchmark+" "+t.unit], []float64(nil)
		if t.other != "" {
			own = figures[t.benchmark+"/client=facade "+t.unit]
			other = figures[t.benchmark+"/client="+t.other+" "+t.unit]
		}
		if len(own) == 0 || t.other != "" && len(own) != len(other) {
			fmt.Printf("| %s | %s | %s | not measured | %g | FAIL |\n", t.benchmark, t.other, t.unit, t.most)
			status = 1
			continue
		}
		for i := range other {
			own[i] /= other[i]
		}
		slices.Sort(own)
		got, verdict := own[len(own)/2], "PASS"
		if got > t.most {
			verdict, status = "FAIL", 1
		}
		fmt.Printf("| %s | %s | %s | %.3g | %g | %s |\n", t.benchmark, t.other, t.unit, got, t.most, verdict)
	}
	os.Exit(status)
}
