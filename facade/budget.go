package facade

import "sync/atomic"

// budget keeps the retries of a client from multiplying an outage. It is a
// token bucket that counts in tenths of a retry: it holds ten retries, a retry
// takes one, a call that succeeds at once gives back a tenth, and a retry that
// succeeds gives back what it took. So for any history
//
//	failed retries <= 10 + calls that succeeded at once / 10
//
// and in a full outage N calls make at most N + 10 attempts. A call that the
// caller cancels costs nothing, so those are not counted.
type budget struct {
	tenths atomic.Int64
}

const (
	budgetCapacity = 100
	budgetRetry    = 10
)

func newBudget() *budget {
	b := new(budget)
	b.tenths.Store(budgetCapacity)
	return b
}

// take takes one retry and reports whether there was one.
func (b *budget) take() bool {
	for {
		have := b.tenths.Load()
		if have < budgetRetry {
			return false
		}
		if b.tenths.CompareAndSwap(have, have-budgetRetry) {
			return true
		}
	}
}

// succeeded notes that the given attempt of a call, counted from 1, succeeded.
func (b *budget) succeeded(attempt int) {
	if attempt == 1 {
		b.give(1)
	} else {
		b.give(budgetRetry)
	}
}

// refund gives back a retry that the caller cancelled.
func (b *budget) refund() { b.give(budgetRetry) }

func (b *budget) give(tenths int64) {
	for {
		have := b.tenths.Load()
		if have == budgetCapacity {
			return
		}
		if b.tenths.CompareAndSwap(have, min(have+tenths, budgetCapacity)) {
			return
		}
	}
}
