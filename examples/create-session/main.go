// Command create-session creates a Hosted Vault session and prints its URI,
// expiry and request id.
//
// With APIDECK_API_KEY and APIDECK_APP_ID it calls the real API. Without
// APIDECK_API_KEY it calls the stand-in API of package vaulttest, which stops
// when the command exits, so the printed URI cannot be opened.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/examples/internal/program"
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return
	}
	fmt.Fprintln(os.Stderr, "create-session:", message(err))
	fmt.Fprint(os.Stderr, advice(err))
	os.Exit(exitCode(err))
}

// usageError is an error in a flag or in the session file.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("create-session", flag.ContinueOnError)
	consumer := flags.String("consumer", "test-consumer",
		"consumer `id`: the customer the session is for")
	app := flags.String("app", "", "application `id` (default $APIDECK_APP_ID)")
	redirect := flags.String("redirect-uri", "", "`URL` the customer returns to")
	apis := flags.String("unified-apis", "", "comma-separated unified `APIs` to offer, such as crm,hris (default all)")
	length := flags.Duration("length", 0, "session `lifetime`, such as 30m, rounded up to a minute (default 1h)")
	file := flags.String("session", "", "JSON `file` with the session, as in the API reference; - reads standard input")
	if err := program.Parse(flags, args, stdout); err != nil {
		return usageError{err}
	}

	var session facade.Session
	if *file != "" {
		if err := readSession(*file, stdin, &session); err != nil {
			return usageError{err}
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
		fmt.Fprintln(stderr, facade.EnvAPIKey+" is not set: using a stand-in API that stops when this command exits;",
			"for a page you can open, go run ./examples/mock-vault or ./examples/webapp")
		opts = append(opts, facade.WithBaseURL(server.URL), facade.WithAPIKey("test-key"), facade.WithAppID("test-app"))
	}
	opts = append(opts, facade.WithConsumerID(*consumer))
	if *app != "" {
		opts = append(opts, facade.WithAppID(*app))
	}

	client, err := facade.New(opts...)
	if err != nil {
		return err
	}
	resp, err := client.Vault.Sessions.Create(ctx, session)
	if err != nil {
		return err
	}
	expiry := "unknown"
	if expires, ok := resp.ExpiresAt(); ok {
		expiry = expires.Format(time.RFC3339)
	}
	_, err = fmt.Fprintf(stdout, "session URI: %s\nexpires:     %s\nrequest id:  %s\n",
		resp.Data.SessionURI, expiry, resp.RequestID)
	return err
}

func readSession(name string, stdin io.Reader, session *facade.Session) error {
	input := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		input = f
	}
	dec := json.NewDecoder(input)
	dec.DisallowUnknownFields()
	dec.UseNumber() // custom_consumer_settings may hold integers that float64 cannot represent
	if err := dec.Decode(session); err == io.EOF {
		return fmt.Errorf("%s: is empty; use {} for a session with the defaults", name)
	} else if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("%s: more than one JSON value", name)
	}
	return nil
}

// advice returns what the user can do about err, one line each, or "".
func advice(err error) string {
	switch {
	case errors.Is(err, apierrors.ErrUnauthorized):
		return "Check that APIDECK_API_KEY is valid and belongs to the application APIDECK_APP_ID.\n"
	case errors.Is(err, apierrors.ErrPaymentRequired):
		return "The plan's limit has been reached; raise it in the Apideck dashboard.\n"
	case errors.Is(err, apierrors.ErrBadRequest):
		return "If you set a redirect URI, register it: Configuration, Vault, OAuth protection.\n"
	case errors.Is(err, apierrors.ErrRateLimited):
		return "Too many requests; try again later.\n"
	}
	return ""
}

// exitCode returns 2 for invalid input and 1 for a failed call.
func exitCode(err error) int {
	if _, ok := errors.AsType[usageError](err); ok {
		return 2
	}
	if _, ok := errors.AsType[*apierrors.ValidationError](err); ok {
		return 2
	}
	return 1
}

// flagNames replaces options and fields with the flags that set them.
var flagNames = strings.NewReplacer(
	"WithAppID", "-app",
	"WithConsumerID", "-consumer",
	"redirect_uri", "-redirect-uri (redirect_uri)",
	"settings.session_length", "-length (settings.session_length)",
)

// message returns err on one line. In a ValidationError, it names flags instead
// of the facade's options.
func message(err error) string {
	text := strings.ReplaceAll(err.Error(), "\n", "; ")
	if _, ok := errors.AsType[*apierrors.ValidationError](err); ok {
		return flagNames.Replace(text)
	}
	return text
}
