package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/apideck-community/vault-go/vaulttest"
)

// faults is the value of -fail: what fraction of the requests fails, and how.
type faults []fault

type fault struct {
	fraction float64
	reply    vaulttest.Reply
}

// parse adds comma-separated entries such as 429:0.1.
func (f *faults) parse(s string) error {
	for entry := range strings.SplitSeq(s, ",") {
		name, text, _ := strings.Cut(strings.TrimSpace(entry), ":")
		fraction, err := strconv.ParseFloat(text, 64)
		status, _ := strconv.Atoi(name)
		isFraction := err == nil && 0 <= fraction && fraction <= 1
		isError := 400 <= status && status <= 599

		switch {
		case isFraction && isError:
			*f = append(*f, fault{fraction, errorReply(status)})
		case isFraction && name == "drop":
			*f = append(*f, fault{fraction, vaulttest.ConnectionCut()})
		default:
			return fmt.Errorf("%q must be a status from 400 to 599 or drop, and a fraction from 0 to 1, "+
				"such as 429:0.1", entry)
		}
	}
	return nil
}

// errorReply returns the API's error response with a status.
func errorReply(status int) vaulttest.Reply {
	if status == http.StatusTooManyRequests {
		return vaulttest.RateLimited(time.Second)
	}
	return vaulttest.ErrorResponse(status)
}

// next returns the reply to a request, zero for the normal response.
func (f *faults) next() vaulttest.Reply { return f.pick(rand.Float64()) }

// pick returns the reply of the fault that number, in [0, 1), selects.
func (f *faults) pick(number float64) vaulttest.Reply {
	for _, fault := range *f {
		if number < fault.fraction {
			return fault.reply
		}
		number -= fault.fraction
	}
	return vaulttest.Reply{}
}
