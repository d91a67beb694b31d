package main

import "math/rand/v2"

// scenario is a fleet and what happens to the API that it calls. Times are in
// seconds from the beginning.
type scenario struct {
	clients          int
	callsPerSecond   float64 // of each client, at random moments
	down, up         float64 // the outage: every attempt is answered with 503 at once
	capacity         float64 // attempts a second that the API can answer when it is up, in bursts of a tenth of a second; the others get 503
	lastCall, end    float64 // calls begin until lastCall, attempts until end
	attemptsDuration float64 // of an attempt
}

// standard is 1,000 clients at 10 calls a second, and an API that is built for
// half as much again.
var standard = scenario{clients: 1000, callsPerSecond: 10, down: 30, up: 90, capacity: 15000, lastCall: 240, end: 300, attemptsDuration: 0.05}

// result is what came of a scenario under one policy.
type result struct {
	perSecond   []int // attempts that reached the API, for each second
	failedFirst []int // calls begun in each second whose first attempt failed
	begun       []int // calls begun in each second
	outage      int   // attempts during the outage
	calls       int
	lost        int // calls that ended in an error
	slow        int // calls that succeeded more than 5 s after they began
	pending     int // calls that were still being retried at the end
}

// tick is the resolution of the virtual clock, in seconds.
const tick = 0.01

type pending struct {
	client  int
	attempt int // the one that is due
	began   float64
}

// simulate runs the scenario. The same seed gives the same result.
func (s scenario) simulate(p policy) result {
	rng := rand.New(rand.NewPCG(1, 2))
	ticks := int(s.end/tick) + 1
	due := make([][]pending, ticks)
	schedule := func(at float64, c pending) bool {
		i := int(at / tick)
		if i >= ticks {
			return false
		}
		due[i] = append(due[i], c)
		return true
	}
	for client := range s.clients {
		for at := rng.ExpFloat64() / s.callsPerSecond; at < s.lastCall; at += rng.ExpFloat64() / s.callsPerSecond {
			schedule(at, pending{client, 1, at})
		}
	}

	seconds := int(s.end) + 1
	r := result{perSecond: make([]int, seconds), failedFirst: make([]int, seconds), begun: make([]int, seconds)}
	budgets := make([]budget, s.clients)
	for i := range budgets {
		budgets[i] = fullBudget
	}
	room := 0.0
	for i := range due {
		now := float64(i) * tick
		down := now >= s.down && now < s.up
		room = min(room+s.capacity*tick, s.capacity/10)
		// Who comes first in a tick is a matter of chance.
		rng.Shuffle(len(due[i]), func(a, b int) { due[i][a], due[i][b] = due[i][b], due[i][a] })
		for _, c := range due[i] {
			second := int(now)
			r.perSecond[second]++
			if down {
				r.outage++
			}
			if c.attempt == 1 {
				r.calls++
				r.begun[second]++
			}
			if !down && room >= 1 {
				room--
				budgets[c.client].succeeded(c.attempt)
				if now-c.began > 5 {
					r.slow++
				}
				continue
			}
			if c.attempt == 1 {
				r.failedFirst[second]++
			}
			if c.attempt >= p.attempts {
				r.lost++
				continue
			}
			next := now + s.attemptsDuration + p.wait(c.attempt, rng)
			if p.elapsed > 0 && next-c.began > p.elapsed || p.budget && !budgets[c.client].take() {
				r.lost++
				continue
			}
			if !schedule(next, pending{c.client, c.attempt + 1, c.began}) {
				r.pending++
			}
		}
		due[i] = nil
	}
	return r
}

// recovery returns how long after the outage the last second began in which
// more than one call in a hundred failed at its first attempt, in seconds.
func (s scenario) recovery(r result) int {
	last := int(s.up) - 1
	for second := int(s.up); second < int(s.lastCall); second++ {
		if r.failedFirst[second]*100 > r.begun[second] {
			last = second
		}
	}
	return last + 1 - int(s.up)
}

// load returns the attempts during the outage, relative to one for each call.
func (s scenario) load(r result) float64 {
	calls := 0
	for second := int(s.down); second < int(s.up); second++ {
		calls += r.begun[second]
	}
	return float64(r.outage) / float64(calls)
}
