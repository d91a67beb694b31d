package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/apideck-community/vault-go/vaulttest"
)

// faults are the values of -fail: which share of the calls fails, and how.
type faults []fault

type fault struct {
	share float64
	reply vaulttest.Reply
}

// parse adds entries such as 429:0.1, separated by commas.
func (f *faults) parse(s string) error {
	for entry := range strings.SplitSeq(s, ",") {
		name, text, _ := strings.Cut(strings.TrimSpace(entry), ":")
		share, err := strconv.ParseFloat(text, 64)
		if err != nil || !(share >= 0 && share <= 1) {
			return fmt.Errorf("%q must be a status and a share from 0 to 1, such as 429:0.1", entry)
		}
		reply := vaulttest.ConnectionCut()
		if name != "drop" {
			status, err := strconv.Atoi(name)
			if err != nil || status < 400 || status > 599 {
				return fmt.Errorf("%q: the status must be 400 to 599, or drop", entry)
			}
			reply = vaulttest.ErrorResponse(status)
			if status == http.StatusTooManyRequests {
				reply = vaulttest.RateLimited(time.Second)
			}
		}
		*f = append(*f, fault{share, reply})
	}
	if _, ok := f.pick(1.0001); ok { // 1, and the rounding of its parts
		return fmt.Errorf("the shares add up to more than 1")
	}
	return nil
}

// pick returns the fault in whose share of [0, 1) the number falls.
func (f faults) pick(number float64) (vaulttest.Reply, bool) {
	for _, fault := range f {
		if number < fault.share {
			return fault.reply, true
		}
		number -= fault.share
	}
	return vaulttest.Reply{}, false
}
