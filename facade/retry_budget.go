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
// and in a full outage N calls make at most N + 100 + T/10 attempts. A retry
// that the caller cancels costs nothing.
type budget struct {
	mu       sync.Mutex
	retries  float64
	refilled time.Time // when the passing time was last added
}

const (
	budgetCapacity = 100              // covers one broken HTTP/2 connection that many calls share
	refillInterval = 10 * time.Second // of one retry
	firstTryRefund = 0.1              // for a call that succeeds at its first attempt
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
