package main

import "math/rand/v2"

// policy says when a client retries. Times are in seconds.
type policy struct {
	name, color string
	attempts    int
	elapsed     float64 // no attempt starts later than this after the first; 0: no limit
	backoff     func(failed int, rng *rand.Rand) float64
	budget      float64 // capacity of the client's retry budget; 0: no budget
}

// scenario is a fleet and what happens to the API that it calls. Times are in
// seconds from the start.
type scenario struct {
	clients        int
	callsPerSecond float64 // of each client, at random moments
	down, up       float64 // the outage
	failing        float64 // the share of attempts that fail with 503 during the outage
	capacity       float64 // attempts a second that the API can handle, in bursts of 0.1 s; others get 503
	lastCall, end  float64 // calls start until lastCall, attempts until end
}

// normalLoad returns the number of calls a second of the whole fleet.
func (s scenario) normalLoad() float64 { return float64(s.clients) * s.callsPerSecond }

// result is the outcome of a scenario under one policy.
type result struct {
	perSecond   []int // attempts that reached the API, for each second
	begun       []int // calls started in each second
	failedFirst []int // those whose first attempt failed
	calls       int
	lost        int // calls that failed or did not finish
	slow        int // calls that succeeded more than 5 s after they started
}

func (r result) percent(calls int) float64 { return 100 * float64(calls) / float64(r.calls) }

const (
	tick            = 0.01 // resolution of the virtual clock
	attemptDuration = 0.05
)

// call is a call that is due to make an attempt.
type call struct {
	client, attempt int
	began           float64
}

// simulate runs the scenario. It is deterministic.
func (s scenario) simulate(p policy) result {
	rng := rand.New(rand.NewPCG(1, 2))
	seconds := int(s.end) + 1
	r := result{perSecond: make([]int, seconds), failedFirst: make([]int, seconds), begun: make([]int, seconds)}
	due := make([][]call, int(s.end/tick)+1)
	for client := range s.clients {
		for at := rng.ExpFloat64() / s.callsPerSecond; at < s.lastCall; at += rng.ExpFloat64() / s.callsPerSecond {
			due[int(at/tick)] = append(due[int(at/tick)], call{client, 1, at})
			r.begun[int(at)]++
			r.calls++
		}
	}
	budgets := make([]budget, s.clients)
	for i := range budgets {
		budgets[i] = budget{tokens: p.budget, capacity: p.budget}
	}
	room := 0.0
	for i := range due {
		now := float64(i) * tick
		room = min(room+s.capacity*tick, s.capacity/10)
		// The order within a tick is random.
		rng.Shuffle(len(due[i]), func(a, b int) { due[i][a], due[i][b] = due[i][b], due[i][a] })
		for _, c := range due[i] {
			r.perSecond[int(now)]++
			outage := now >= s.down && now < s.up && (s.failing == 1 || rng.Float64() < s.failing)
			if !outage && room >= 1 {
				room--
				budgets[c.client].succeeded(c.attempt)
				if now-c.began > 5 {
					r.slow++
				}
				continue
			}
			if c.attempt == 1 {
				r.failedFirst[int(c.began)]++
			}
			if c.attempt >= p.attempts {
				r.lost++
				continue
			}
			next := now + attemptDuration + p.backoff(c.attempt, rng)
			late := p.elapsed > 0 && next-c.began > p.elapsed || next > s.end
			if late || !budgets[c.client].take(now) {
				r.lost++
				continue
			}
			due[int(next/tick)] = append(due[int(next/tick)], call{c.client, c.attempt + 1, c.began})
		}
		due[i] = nil
	}
	return r
}

// budget works like the retry budget of package facade.
type budget struct{ tokens, capacity, refilled float64 }

func (b *budget) take(now float64) bool {
	b.tokens, b.refilled = min(b.tokens+(now-b.refilled)/10, b.capacity), now
	if b.capacity > 0 && b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

func (b *budget) succeeded(attempt int) {
	give := 1.0
	if attempt == 1 {
		give = 0.1
	}
	b.tokens = min(b.tokens+give, b.capacity)
}

// recovery returns the number of seconds after the outage until no more than one
// first attempt in a hundred fails.
func (s scenario) recovery(r result) int {
	last := int(s.up) - 1
	for second := int(s.up); second < int(s.lastCall); second++ {
		if r.failedFirst[second]*100 > r.begun[second] {
			last = second
		}
	}
	return last + 1 - int(s.up)
}

// load returns the number of attempts per call during the outage.
func (s scenario) load(r result) float64 {
	attempts, calls := 0, 0
	for second := int(s.down); second < int(s.up); second++ {
		attempts += r.perSecond[second]
		calls += r.begun[second]
	}
	return float64(attempts) / float64(calls)
}
