package facade

import (
	"sync"
	"sync/atomic"
	"time"
)

// budget limits the load of a client's retries during an outage. It is a token
// bucket with a token for each retry. A retry that fails costs its token; a call
// that succeeds without a retry earns a tenth of one, and one is added every 10
// seconds. So for any history of T seconds
//
//	failed retries <= 100 + calls that succeeded at once / 10 + T / 10
//
// and in a full outage N calls make at most N + 100 + T/10 attempts.
//
// What Do sends again over a new connection, at most once in a call, costs nothing.
// But without any response in between, it is at most 1000 times.
type budget struct {
	mu       sync.Mutex
	retries  float64
	refilled time.Time // when the passing time was last added

	resends atomic.Int32 // since the last response
}

const (
	budgetCapacity = 100 // covers one broken HTTP/2 connection that many calls share
	refillInterval = 10 * time.Second
	successReward  = 0.1
	maxResends     = 1000 // covers all calls of a busy client whose connections are lost at once
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

// callSucceeded adds what a call earns that succeeds without a retry.
func (b *budget) callSucceeded() { b.give(successReward) }

// retrySucceeded gives back the token of a retry that succeeded.
func (b *budget) retrySucceeded() { b.give(1) }

// retryCanceled gives back the token of a retry that the caller canceled, or that
// was not sent.
func (b *budget) retryCanceled() { b.give(1) }

// takeResend reports whether a request may be sent again over a new connection.
func (b *budget) takeResend() bool { return b.resends.Add(1) <= maxResends }

// responded is for a response of any status.
func (b *budget) responded() { b.resends.Store(0) }

func (b *budget) give(retries float64) {
	b.mu.Lock()
	defer b.mu.Unlock()

	b.add(retries)
}

// add adds retries up to the capacity. b.mu must be held.
func (b *budget) add(retries float64) { b.retries = min(b.retries+retries, budgetCapacity) }
