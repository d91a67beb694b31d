// Command create-session creates a Hosted Vault session and prints its URI,
// expiry and request id.
//
// Without APIDECK_API_KEY it starts the stand-in API of package vaulttest and
// does the same job against it. With APIDECK_API_KEY and APIDECK_APP_ID it
// calls the real API.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/examples/internal/program"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

func main() { program.Main("create-session", run) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("create-session", flag.ContinueOnError)
	consumer := flags.String("consumer", cmp.Or(os.Getenv(facade.EnvConsumerID), "test-consumer"),
		"consumer `id`: the customer the session is for")
	redirect := flags.String("redirect-uri", "", "`URL` the customer returns to")
	apis := flags.String("unified-apis", "", "comma-separated unified `APIs` to offer, such as crm,hris (default all)")
	length := flags.Duration("length", 0, "when the session expires, such as 30m, rounded up to a minute (default 1h)")
	file := flags.String("session", "", "JSON `file` with the session, as in the API reference")
	if err := program.Parse(flags, args, stdout); err != nil {
		return err
	}

	var session facade.Session
	if *file != "" {
		if err := readSession(*file, &session); err != nil {
			return err
		}
	}
	if *redirect != "" {
		session.RedirectURI = *redirect
	}
	if *apis != "" {
		session.Settings.UnifiedAPIs = nil
		for _, id := range strings.Split(*apis, ",") {
			session.Settings.UnifiedAPIs = append(session.Settings.UnifiedAPIs, facade.UnifiedAPI(strings.TrimSpace(id)))
		}
	}
	if *length != 0 {
		session.Settings.SessionLength = facade.SessionLength(*length)
	}
	var opts []facade.Option
	if os.Getenv(facade.EnvAPIKey) == "" {
		server, err := vaulttest.Start()
		if err != nil {
			return err
		}
		defer server.Close()
		fmt.Fprintln(stderr, facade.EnvAPIKey+" is not set: using the stand-in API at", server.URL)
		opts = append(opts, facade.WithBaseURL(server.URL), facade.WithAPIKey("test-key"), facade.WithAppID("test-app"))
	}
	opts = append(opts, facade.WithConsumerID(*consumer))
	client, err := facade.New(opts...)
	if err != nil {
		return err
	}
	resp, err := client.Vault.Sessions.Create(ctx, session)
	if err != nil {
		return advised(err)
	}
	expiry := "unknown"
	if expires, ok := resp.ExpiresAt(); ok {
		expiry = expires.Format(time.RFC3339)
	}
	_, err = fmt.Fprintf(stdout, "session URI: %s\nexpires:     %s\nrequest id:  %s\n",
		resp.Data.SessionURI, expiry, resp.RequestID)
	return err
}

func readSession(name string, session *facade.Session) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	dec := json.NewDecoder(f)
	dec.DisallowUnknownFields()
	dec.UseNumber() // custom_consumer_settings may hold an integer that a float64 cannot
	if err := dec.Decode(session); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("%s: more than one JSON value", name)
	}
	return nil
}

// advised adds to err what a person can do about it.
func advised(err error) error {
	switch {
	case errors.Is(err, apierrors.ErrUnauthorized):
		return fmt.Errorf("%w: check APIDECK_API_KEY, and that it belongs to the application of APIDECK_APP_ID", err)
	case errors.Is(err, apierrors.ErrPaymentRequired):
		return fmt.Errorf("%w: the limit of the plan is reached, raise it in the Apideck dashboard", err)
	case errors.Is(err, apierrors.ErrBadRequest):
		return fmt.Errorf("%w: register the redirect URI, if any, under Configuration, Vault, OAuth protection", err)
	case errors.Is(err, apierrors.ErrRateLimited):
		return fmt.Errorf("%w: try again later", err)
	}
	return err
}
