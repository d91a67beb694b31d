package facade_test

import (
	"context"
	"fmt"

	"github.com/apideck-community/vault-go/facade"
)

// sessions is what the code under test needs of the client.
type sessions interface {
	Create(context.Context, facade.Session, ...facade.Option) (*facade.CreateSessionResponse, error)
}

// linkFor is the code under test; a program calls it with client.Vault.Sessions.
func linkFor(ctx context.Context, s sessions, customer string) (string, error) {
	resp, err := s.Create(ctx, facade.Session{}, facade.WithConsumerID(customer))
	if err != nil {
		return "", fmt.Errorf("link for %s: %w", customer, err)
	}
	return resp.Data.SessionURI, nil
}

// fakeSessions implements sessions.
type fakeSessions struct{ err error }

func (f fakeSessions) Create(context.Context, facade.Session, ...facade.Option) (*facade.CreateSessionResponse, error) {
	resp := new(facade.CreateSessionResponse)
	resp.Data.SessionURI = "https://vault.example/session/1"
	return resp, f.err
}

// How do I mock the client? Let the code under test take an interface of its own.
// A mock cannot read an Option back, so it does not see the consumer id. To check
// that, or retries and errors as they are, use package vaulttest.
func ExampleSessions_mock() {
	fmt.Println(linkFor(context.Background(), fakeSessions{}, "account:12345"))
	fmt.Println(linkFor(context.Background(), fakeSessions{err: context.DeadlineExceeded}, "account:12345"))
	// Output:
	// https://vault.example/session/1 <nil>
	//  link for account:12345: context deadline exceeded
}
