package facade

import (
	"sync"
	"time"
)

// budget keeps the retries of a client from multiplying an outage. It is a
// token bucket, a token for a retry. A retry that fails costs its token; a call
// that succeeds at its first attempt earns a tenth of one, and one comes back
// every 10 seconds. So for any history of T seconds
//
//	failed retries <= 100 + calls that succeeded at once / 10 + T / 10
//
// and in a full outage N calls make at most N + 100 + T/10 attempts. A retry
// that the caller cancels costs nothing.
type budget struct {
	mu       sync.Mutex
	tenths   int       // of a token
	refilled time.Time // when time last gave tokens back
}

const (
	token          = 10          // in tenths
	budgetCapacity = 100 * token // enough for one broken connection under many calls
	refillInterval = time.Second // of a tenth
)

func newBudget() *budget { return &budget{tenths: budgetCapacity, refilled: time.Now()} }

// take takes a token and reports whether there was one.
func (b *budget) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	elapsed := time.Since(b.refilled) / refillInterval
	b.refilled = b.refilled.Add(elapsed * refillInterval)
	b.tenths = int(min(time.Duration(b.tenths)+elapsed, budgetCapacity))
	if b.tenths == budgetCapacity {
		b.refilled = time.Now() // a full bucket saves no time up
	}
	if b.tenths < token {
		return false
	}
	b.tenths -= token
	return true
}

func (b *budget) give(tenths int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tenths = min(b.tenths+tenths, budgetCapacity)
}
