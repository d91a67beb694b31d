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
	retries  float64
	refilled time.Time // when time last gave retries back
}

const (
	budgetCapacity = 100              // enough for one broken connection under many calls
	refillInterval = 10 * time.Second // of one retry
	firstTry       = 0.1              // earned by a call that succeeds at its first attempt
)

// take takes a retry and reports whether there was one.
func (b *budget) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.retries = min(b.retries+float64(now.Sub(b.refilled))/float64(refillInterval), budgetCapacity)
	b.refilled = now
	if b.retries < 1 {
		return false
	}
	b.retries--
	return true
}

func (b *budget) give(retries float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.retries = min(b.retries+retries, budgetCapacity)
}
