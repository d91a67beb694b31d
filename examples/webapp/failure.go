package main

import (
	"errors"
	"net/http"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// failure is what to tell a customer when a request fails.
type failure struct {
	Status      int
	Title, Text string
	Retry       bool // pressing the button again may help
	RequestID   string
}

// explain returns what to tell a customer about err: whether to try again, whom
// to contact, and the request id. The error itself is only for the log.
func explain(err error) failure {
	f := failure{
		Status: http.StatusBadGateway,
		Title:  "We could not open your integrations",
		Text:   "This is a problem on our side, and trying again will not help. Please contact support.",
	}
	if api, ok := errors.AsType[*apierrors.APIError](err); ok {
		f.RequestID = api.RequestID
	}

	switch {
	case apierrors.Temporary(err):
		f.Status = http.StatusServiceUnavailable
		f.Title = "Your integrations are busy right now"
		f.Text = "Nothing is lost. Please try again in a moment."
		f.Retry = true
	case errors.Is(err, apierrors.ErrUnauthorized), errors.Is(err, apierrors.ErrPaymentRequired):
		f.Text = "Integrations are not available at the moment. Please tell your administrator."
	}
	return f
}

// failed returns a handler that shows f.
func (a *app) failed(f failure) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, _ := a.signedIn(r)
		a.render(w, f.Status, "failure", page{Title: f.Title, Customer: c, Failure: f})
	}
}
