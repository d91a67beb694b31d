package facade

import (
	"cmp"
	"math"
	"time"

	"github.com/apideck-community/vault-go/gen"
)

// call is one call of an API operation. Its method Do makes the attempts.
type call struct {
	config
	generated gen.Client // sends its requests with Do
	op        string     // for messages: the method and path of the contract
	budget    *budget    // the client's
	sendOnce  bool       // the request must not be repeated; not used yet, see CONTRIBUTING.md
	end       time.Time  // when MaxElapsedTime has passed

	attempts int    // made so far
	previous error  // of the previous attempt, or nil
	suspect  bool   // idle connections may be dead since the previous attempt
	body     []byte // of the last response, whose Body has been read and closed
}

// newCall returns a call with the client's options, overridden by opts. The error
// joins every problem of opts. The call is never nil.
func (c *Client) newCall(op string, opts []Option) (*call, error) {
	call := &call{config: *c.config, op: op, budget: c.budget}
	err := call.apply(opts)
	call.generated = gen.Client{Server: call.endpoint.url, Client: call}
	call.end = time.Now().Add(cmp.Or(call.retry.MaxElapsedTime, math.MaxInt64)) // 0: in 292 years
	return call, err
}

// requireConsumerID returns an error if c has no consumer id.
func (c *call) requireConsumerID() error {
	if c.consumerID == (setting{}) {
		return invalid("WithConsumerID", "missing; pass the id of the signed-in customer to the call")
	}
	return nil
}
