// Command create-session creates a Hosted Vault session and prints its URI,
// expiry and request id.
//
// With APIDECK_API_KEY and APIDECK_APP_ID it calls the real API. Without
// APIDECK_API_KEY it calls the stand-in API of package vaulttest, which stops
// when the command exits, so the printed URI cannot be opened.
package main

import (
	"bytes"
	"cmp"
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
	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "create-session:", message(err))
		fmt.Fprint(os.Stderr, advice(err))
		os.Exit(exitCode(err))
	}
}

// usageError is an error in a flag or in the session file.
type usageError struct{ error }

// input is what the flags say.
type input struct {
	consumer, app string
	session       facade.Session
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	in, err := parse(args, stdin, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return usageError{err}
	}

	var opts []facade.Option
	if os.Getenv(facade.EnvAPIKey) == "" {
		server, err := vaulttest.Start()
		if err != nil {
			return err
		}
		defer server.Close()
		fmt.Fprintln(stderr, facade.EnvAPIKey+" is not set: using a stand-in API that stops when this",
			"command exits; for a page you can open, go run ./examples/mock-vault or ./examples/webapp")
		opts = append(opts,
			facade.WithBaseURL(server.URL),
			facade.WithAPIKey("test-key"),
			facade.WithAppID("test-app"),
		)
	}
	if in.app != "" {
		opts = append(opts, facade.WithAppID(in.app))
	}

	client, err := facade.New(opts...)
	if err != nil {
		return err
	}
	resp, err := client.Vault.Sessions.Create(ctx, in.session, facade.WithConsumerID(in.consumer))
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

// parse reads the flags and the session file. Flags override the file. With -h, it
// prints the flags and returns flag.ErrHelp.
func parse(args []string, stdin io.Reader, stdout io.Writer) (in input, err error) {
	flags := flag.NewFlagSet("create-session", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main prints the error
	flags.StringVar(&in.consumer, "consumer", "test-consumer", "consumer `id`: your id of the customer")
	flags.StringVar(&in.app, "app", "", "application `id` (default $APIDECK_APP_ID)")
	redirect := flags.String("redirect-uri", "", "`URL` the customer returns to")
	apis := flags.String("unified-apis", "", "unified `APIs` to offer, such as crm,hris (default all)")
	length := flags.String("length", "", "session `lifetime`, such as 30m (default 1h)")
	file := flags.String("session", "", "JSON `file` with a session as in the API reference, - for standard input")
	err = flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(stdout)
		flags.PrintDefaults()
	}
	if err != nil {
		return in, fmt.Errorf("%w (see -h)", err)
	}
	if flags.NArg() > 0 {
		return in, fmt.Errorf("unexpected argument %q (see -h)", flags.Arg(0))
	}

	if *file != "" {
		in.session, err = readSession(*file, stdin)
		if err != nil {
			return in, fmt.Errorf("%s: %w", *file, err)
		}
	}
	if *apis != "" {
		in.session.Settings.UnifiedAPIs, err = parseUnifiedAPIs(*apis)
		if err != nil {
			return in, fmt.Errorf("-unified-apis: %w", err)
		}
	}
	in.session.RedirectURI = cmp.Or(*redirect, in.session.RedirectURI)
	in.session.Settings.SessionLength = cmp.Or(*length, in.session.Settings.SessionLength)
	return in, nil
}

// unifiedAPIs are the ids for messages. The API may know more than these.
const unifiedAPIs = "accounting, ats, calendar, crm, csp, customer-support, data-warehouse, ecommerce, email, " +
	"email-marketing, expense-management, file-storage, form, hris, issue-tracking, lead, payroll, pos, " +
	"procurement, project-management, script, sms, spreadsheet, subscription-analytics, team-messaging, " +
	"time-registration, transactional-email, vault"

// parseUnifiedAPIs splits a list of ids. To send an id that this version of the
// library does not know, use a session file.
func parseUnifiedAPIs(list string) ([]facade.UnifiedAPI, error) {
	var apis []facade.UnifiedAPI
	for id := range strings.SplitSeq(list, ",") {
		api := facade.UnifiedAPI(strings.TrimSpace(id))
		if api == "" {
			return nil, fmt.Errorf("an id is missing in %q", list)
		}
		lower := facade.UnifiedAPI(strings.ToLower(string(api)))
		switch {
		case api.Valid():
			apis = append(apis, api)
		case lower.Valid():
			return nil, fmt.Errorf("%q is not known; did you mean %q? The ids are %s",
				api, lower, unifiedAPIs)
		default:
			return nil, fmt.Errorf("%q is not known; the ids are %s", api, unifiedAPIs)
		}
	}
	return apis, nil
}

func readSession(name string, stdin io.Reader) (session facade.Session, err error) {
	var data []byte
	if name == "-" {
		data, err = io.ReadAll(stdin)
	} else {
		data, err = os.ReadFile(name)
	}
	if err != nil {
		return session, err
	}

	err = json.Unmarshal(data, new(json.RawMessage))
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		before := data[:syntax.Offset] // with the byte that is wrong
		line := 1 + bytes.Count(before, []byte("\n"))
		column := len(before) - (1 + bytes.LastIndexByte(before, '\n'))
		return session, fmt.Errorf("line %d, column %d: %w", line, column, err)
	}
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		return session, errors.New(`must be an object, such as {"redirect_uri": "https://mysaas.com"}`)
	}

	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	dec.UseNumber() // custom_consumer_settings may hold integers that float64 cannot represent
	err = dec.Decode(&session)
	return session, err
}

// advice returns what the user can do about err, on one line, or "".
func advice(err error) string {
	switch {
	case errors.Is(err, apierrors.ErrUnauthorized):
		return "Check that APIDECK_API_KEY is valid and belongs to the application APIDECK_APP_ID.\n"
	case errors.Is(err, apierrors.ErrPaymentRequired):
		return "The plan's limit has been reached; raise it in the Apideck dashboard.\n"
	case errors.Is(err, apierrors.ErrBadRequest) && strings.Contains(err.Error(), "redirect"):
		return "Register the redirect URI: Configuration, Vault, OAuth protection.\n"
	case errors.Is(err, apierrors.ErrRateLimited):
		return "Too many requests; try again later.\n"
	}
	return ""
}

// exitCode returns 2 for invalid input and 1 for a failed call.
func exitCode(err error) int {
	_, isUsage := errors.AsType[usageError](err)
	_, isInvalid := errors.AsType[*apierrors.ValidationError](err)
	if isUsage || isInvalid {
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
