package main

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// failure is what a customer is told when no session came about.
type failure struct {
	Status      int
	Title, Text string
	Retry       bool // pressing the button again may help
	RetryAfter  time.Duration
	RequestID   string
}

// explain finds the words for err: people need to know whether to wait, whom
// to ask, and what to quote. The error itself is for the log.
func explain(err error) failure {
	f := failure{
		Status: http.StatusBadGateway,
		Title:  "We could not open your integrations",
		Text:   "This is a fault on our side, and trying again will not help. Please write to our support.",
	}
	api, refused := errors.AsType[*apierrors.APIError](err)
	if refused {
		f.RequestID, f.RetryAfter = api.RequestID, api.RetryAfter
	}
	_, unanswered := errors.AsType[*apierrors.TransportError](err)
	switch {
	case errors.Is(err, apierrors.ErrRateLimited), errors.Is(err, apierrors.ErrServer), unanswered:
		f.Status = http.StatusServiceUnavailable
		f.Title = "Your integrations are busy right now"
		f.Text = "Nothing is lost. Please try again in a moment."
		f.Retry = true
	case errors.Is(err, apierrors.ErrUnauthorized), errors.Is(err, apierrors.ErrPaymentRequired):
		f.Text = "Integrations are switched off at the moment. Please tell your administrator."
		if f.RequestID != "" {
			f.Text = "Integrations are switched off at the moment. Please tell your administrator, and quote the number below."
		}
	}
	return f
}

// fail logs err and answers with a page about it.
func (a *app) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // the customer has left
	}
	f := explain(err)
	a.log.Error("creating a session", "status", f.Status, "error", err)
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(int64((f.RetryAfter+time.Second-1)/time.Second), 10))
	}
	a.render(w, f.Status, "failure", f)
}
