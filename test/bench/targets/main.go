// Command targets reads the output of go test -bench and compares the benchmarks of
// the facade with their targets in a Markdown table. It exits with status 1 if a
// target is missed.
//
// The facade and the other client take turns. The result is the median of the
// ratios of their turns.
package main

import (
	"bufio"
	"fmt"
	"log"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// targets has the maximum of figures of the facade, divided by those of another
// client. The benchmarks are a pattern of path.Match.
var targets = []struct {
	benchmarks string
	other      string
	unit       string
	atMost     float64
}{
	{"Network/proto=*/callers=1", "tuned", "allocs/op", 1.08},
	{"Network/proto=*/callers=*", "tuned", "cpu-ns/op", 1.05},
	{"Stub", "hand", "allocs/op", 1.25},
	{"Stub", "hand", "cpu-ns/op", 1.25},
	{"Peers/callers=1", "retryablehttp", "cpu-ns/op", 1.05},
}

func main() {
	figures := read()
	rows, status := 0, 0
	fmt.Println("| benchmark | facade / | unit | measured | at most | |")
	fmt.Println("| --- | --- | --- | ---: | ---: | --- |")

	for _, t := range targets {
		for _, name := range slices.Sorted(maps.Keys(figures)) {
			benchmark, isFacade := strings.CutSuffix(name, "/client=facade "+t.unit)
			matches, _ := path.Match(t.benchmarks, benchmark)
			if !isFacade || !matches {
				continue
			}

			rows++
			ratio := medianRatio(figures[name], figures[benchmark+"/client="+t.other+" "+t.unit])
			verdict := "PASS"
			if ratio > t.atMost {
				verdict, status = "FAIL", 1
			}
			fmt.Printf("| %s | %s | %s | %.3g | %g | %s |\n",
				benchmark, t.other, t.unit, ratio, t.atMost, verdict)
		}
	}
	if rows == 0 {
		log.Fatal("nothing was measured")
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
