// Command fleet simulates, in virtual time, a fleet of clients that call an API
// during an outage, once for each retry policy. It prints a Markdown table and
// draws a graph, docs/fleet.svg.
package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
)

// policies are formulas, so that no client has to run. The last is that of SDKs
// that limit the elapsed time of their retries, but not the number.
var policies = []policy{
	{name: "this library", color: "#0b6e4f", attempts: 3, budget: 100, backoff: fullJitter},
	{name: "this library with a budget of 10", color: "#7fb800", attempts: 3, budget: 10, backoff: fullJitter},
	{name: "no retry", color: "#888888", attempts: 1},
	{name: "3 attempts, 0.5 s doubling, 25 % jitter (openai-go)", color: "#1f5fbf", attempts: 3,
		backoff: func(failed int, rng *rand.Rand) float64 {
			return min(0.5*math.Pow(2, float64(failed-1)), 8) * (1 - 0.25*rng.Float64())
		}},
	{name: "5 attempts, 1 s doubling, no jitter (go-retryablehttp)", color: "#c77700", attempts: 5,
		backoff: func(failed int, _ *rand.Rand) float64 { return min(math.Pow(2, float64(failed-1)), 30) }},
	{name: "15 minutes, 0.5 s · n^1.5, up to 60 s", color: "#b3261e", attempts: math.MaxInt, elapsed: 900,
		backoff: func(failed int, rng *rand.Rand) float64 {
			return min(0.5*math.Pow(float64(failed), 1.5)+rng.Float64(), 60)
		}},
}

func fullJitter(failed int, rng *rand.Rand) float64 {
	return max(rng.Float64()*min(0.1*math.Pow(2, float64(failed-1)), 5), tick)
}

// outage is 1,000 clients that make 10 calls a second each, and an API that can
// handle half as many again.
var outage = scenario{
	clients: 1000, callsPerSecond: 10, down: 30, up: 90, failing: 1, capacity: 15000, lastCall: 240, end: 300,
}

func main() {
	partial := outage
	partial.failing = 0.3

	var results []result
	fmt.Println("| policy | load during the outage | highest load | time to recover | " +
		"calls lost | slower than 5 s | calls lost when 3 in 10 attempts fail |")
	fmt.Println("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
	for _, p := range policies {
		r := outage.simulate(p)
		results = append(results, r)
		highest := float64(slices.Max(r.perSecond)) / outage.normalLoad()
		inPartial := partial.simulate(p)
		fmt.Printf("| %s | %.2f× | %.1f× | %d s | %.1f %% | %.1f %% | %.2f %% |\n",
			p.name, outage.load(r), highest, outage.recovery(r),
			r.percent(r.lost), r.percent(r.slow), inPartial.percent(inPartial.lost))
	}

	if err := os.WriteFile("../../docs/fleet.svg", plot(outage, results), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "fleet:", err)
		os.Exit(1)
	}
}
