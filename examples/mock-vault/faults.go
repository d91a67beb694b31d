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

// faults is the value of -fail: which share of the calls is refused, and how.
type faults []fault

type fault struct {
	name  string // as in the flag
	share float64
	reply vaulttest.Reply
}

// String returns the faults as Set reads them.
func (f *faults) String() string {
	var entries []string
	for _, fault := range *f {
		entries = append(entries, fmt.Sprintf("%s:%v", fault.name, fault.share))
	}
	return strings.Join(entries, ",")
}

// Set reads entries such as 429:0.1, separated by commas.
func (f *faults) Set(s string) error {
	for entry := range strings.SplitSeq(s, ",") {
		name, text, _ := strings.Cut(strings.TrimSpace(entry), ":")
		share, err := strconv.ParseFloat(text, 64)
		if err != nil || !(share >= 0 && share <= 1) {
			return fmt.Errorf("%q: want a status and a share from 0 to 1, such as 429:0.1", entry)
		}
		fault := fault{name: name, share: share}
		switch status, err := strconv.Atoi(name); {
		case name == "drop":
			fault.reply = vaulttest.ConnectionCut()
		case err != nil || status < 400 || status > 599:
			return fmt.Errorf("%q: the status is 400 to 599, or drop", entry)
		case status == http.StatusTooManyRequests:
			fault.reply = vaulttest.RateLimited(time.Second)
		default:
			fault.reply = vaulttest.Refused(status)
		}
		*f = append(*f, fault)
	}
	total := 0.0 // of every -fail
	for _, fault := range *f {
		total += fault.share
	}
	if total > 1 {
		return fmt.Errorf("the shares add up to %.4g, more than 1", total)
	}
	return nil
}

// before scripts a refusal for its share of the calls. Another call that
// arrives in between may take it; the shares stay what they are.
func (f faults) before(vault *vaulttest.Server) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			if reply, hit := f.pick(rand.Float64()); hit {
				vault.Enqueue(reply)
			}
		}
		vault.ServeHTTP(w, r)
	})
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
