package main

import (
	"math"
	"math/rand/v2"
)

// policy says when a client tries again. Times are in seconds.
type policy struct {
	name     string
	colour   string
	attempts int
	elapsed  float64                                  // no attempt begins later than this after the first; 0: no limit
	wait     func(failed int, rng *rand.Rand) float64 // after so many failed attempts
	budget   bool                                     // retries are limited by the client's budget
}

// policies are formulas, so that no client but this one has to run. The last is
// that of SDKs whose loop is bounded by a quarter of an hour, and not by a count.
var policies = []policy{
	{name: "this library", colour: "#0b6e4f", attempts: 3, budget: true, wait: func(failed int, rng *rand.Rand) float64 {
		return max(rng.Float64()*min(0.1*math.Pow(2, float64(failed-1)), 5), 0.01)
	}},
	{name: "no retry", colour: "#888888", attempts: 1},
	{name: "3 attempts, 0.5 s doubling, 25 % jitter (openai-go)", colour: "#1f5fbf", attempts: 3, wait: func(failed int, rng *rand.Rand) float64 {
		return min(0.5*math.Pow(2, float64(failed-1)), 8) * (1 - 0.25*rng.Float64())
	}},
	{name: "5 attempts, 1 s doubling, no jitter (go-retryablehttp)", colour: "#c77700", attempts: 5, wait: func(failed int, _ *rand.Rand) float64 {
		return min(math.Pow(2, float64(failed-1)), 30)
	}},
	{name: "15 minutes, 0.5 s · n^1.5, up to 60 s", colour: "#b3261e", attempts: math.MaxInt, elapsed: 900, wait: func(failed int, rng *rand.Rand) float64 {
		return min(0.5*math.Pow(float64(failed), 1.5)+rng.Float64(), 60)
	}},
}

// budget is that of package facade, in tenths of a retry.
type budget int

const fullBudget budget = 100

func (b *budget) take() bool {
	if *b < 10 {
		return false
	}
	*b -= 10
	return true
}

func (b *budget) succeeded(attempt int) {
	give := budget(10)
	if attempt == 1 {
		give = 1
	}
	*b = min(*b+give, fullBudget)
}
