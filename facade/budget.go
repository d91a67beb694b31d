package facade

import (
	"sync"
	"time"
)

// budget limits the load of a client's retries during an outage. It is a token
// bucket with a token for each retry. A retry that fails costs its token; a call
// that succeeds at its first attempt earns a tenth of one, and one is added every
// 10 seconds. So for any history of T seconds
//
//	failed retries <= 100 + calls that succeeded at once / 10 + T / 10
//
// and in a full outage N calls make at most N + 100 + T/10 attempts. What Do sends
// again over a new connection, at most once in a call, is not counted.
type budget struct {
	mu       sync.Mutex
	retries  float64
	refilled time.Time // when the passing time was last added
}

const (
	budgetCapacity = 100 // covers one broken HTTP/2 connection that many calls share
	refillInterval = 10 * time.Second
	successReward  = 0.1
)

func newBudget() *budget { return &budget{retries: budgetCapacity, refilled: time.Now()} }

// take takes a retry and reports whether there was one.
func (b *budget) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()

	now := time.Now()
	b.add(now.Sub(b.refilled).Seconds() / refillInterval.Seconds())
	b.refilled = now

	if b.retries < 1 {
		return false
	}
	b.retries--
	return true
}

// callSucceeded adds what a call earns that succeeds at its first attempt.
func (b *budget) callSucceeded() { b.give(successReward) }

// retrySucceeded gives back the token of a retry that succeeded.
func (b *budget) retrySucceeded() { b.give(1) }

// retryCanceled gives back the token of a retry that the caller canceled.
func (b *budget) retryCanceled() { b.give(1) }

func (b *budget) give(retries float64) {
	b.mu.Lock()
	defer b.mu.Unlock()

	b.add(retries)
}

// add adds retries up to the capacity. b.mu must be held.
func (b *budget) add(retries float64) { b.retries = min(b.retries+retries, budgetCapacity) }
