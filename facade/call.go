package facade

import (
	"errors"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// call is one API call on its way: the settings in force, and what came of the
// attempts so far. It is the HttpRequestDoer under the generated client.
type call struct {
	settings
	budget   *budget
	op       string // for messages: the method and path of the contract
	started  time.Time
	attempts int
	body     []byte // of the last answer
}

// newCall overlays opts on the client's settings.
func (c *Client) newCall(op string, opts []Option) (*call, error) {
	call := &call{settings: *c.settings(), budget: c.budget, op: op, started: time.Now()}
	if err := errors.Join(call.apply(opts)...); err != nil {
		return nil, err
	}
	return call, nil
}

// notSent completes an error from before the first attempt; those of call.Do
// are complete.
func (c *call) notSent(err error) error {
	if _, invalid := errors.AsType[*apierrors.ValidationError](err); invalid || c.attempts > 0 {
		return err
	}
	return c.noAnswer(err, nil)
}
