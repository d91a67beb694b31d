package facade_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	apierrors "github.com/apideck-community/vault-go/errors"
	"github.com/apideck-community/vault-go/facade"
)

func TestBadOptionNamesItselfAndTheWayOut(t *testing.T) {
	clearEnvironment(t)
	retries := func(change func(*facade.RetryConfig)) facade.Option {
		c := facade.DefaultRetryConfig()
		change(&c)
		return facade.WithRetries(c)
	}
	for _, test := range []struct {
		option        facade.Option
		field, reason string
	}{
		{facade.WithAPIKey(""), "WithAPIKey", "is empty"},
		{facade.WithAPIKey("Bearer abc"), "WithAPIKey", "the key alone"},
		{facade.WithAPIKey("bearer"), "WithAPIKey", "the key alone"},
		{facade.WithAPIKey("abc\n"), "WithAPIKey", "line break"},
		{facade.WithAPIKeyFunc(nil), "WithAPIKeyFunc", "is nil"},
		{facade.WithAppID(""), "WithAppID", "is empty"},
		{facade.WithConsumerID(""), "WithConsumerID", "is empty"},
		{facade.WithConsumerID(strings.Repeat("x", 256)), "WithConsumerID", "at most 255"},
		{facade.WithConsumerID("josé"), "WithConsumerID", "non-ASCII"},
		{facade.WithConsumerID(" a"), "WithConsumerID", "space"},
		{facade.WithHTTPClient(nil), "WithHTTPClient", "is nil"},
		{facade.WithTimeout(0), "WithTimeout", "above 0"},
		{facade.WithUserAgent(""), "WithUserAgent", "is empty"},
		{facade.WithUserAgent("a\r\nb"), "WithUserAgent", "control character"},
		{facade.WithHeader("", "x"), "WithHeader", "not a header name"},
		{facade.WithHeader("a b", "x"), "WithHeader", "not a header name"},
		{facade.WithHeader("é", "x"), "WithHeader", "not a header name"},
		{facade.WithHeader("X-A", "a\nb"), "WithHeader", "X-A has a control character"},
		{facade.WithHeader("authorization", "x"), "WithHeader", "use WithAPIKey"},
		{facade.WithHeader("x-apideck-app-id", "x"), "WithHeader", "use WithAppID"},
		{facade.WithHeader("X-Apideck-Consumer-ID", "x"), "WithHeader", "use WithConsumerID"},
		{facade.WithHeader("User-Agent", "x"), "WithHeader", "use WithUserAgent"},
		{facade.WithHeader("Host", "x"), "WithHeader", "use WithBaseURL"},
		{facade.WithHeader("Proxy-Authorization", "x"), "WithHeader", "use WithHTTPClient"},
		{facade.WithHeader("Accept-Encoding", "br"), "WithHeader", "governs"},
		{facade.WithHeader("content-length", "1"), "WithHeader", "governs"},
		{facade.WithRetries(facade.RetryConfig{}), "WithRetries", "1 means no retry"},
		{retries(func(c *facade.RetryConfig) { c.InitialInterval = 0 }), "WithRetries", "InitialInterval"},
		{retries(func(c *facade.RetryConfig) { c.MaxInterval = 1 }), "WithRetries", "MaxInterval"},
		{retries(func(c *facade.RetryConfig) { c.Exponent = 0.5 }), "WithRetries", "Exponent"},
		{retries(func(c *facade.RetryConfig) { c.MaxElapsedTime = -1 }), "WithRetries", "MaxElapsedTime"},
		{retries(func(c *facade.RetryConfig) { c.StatusCodes = []int{200} }), "WithRetries", "StatusCodes"},
	} {
		_, err := facade.New(facade.WithAPIKey("k"), facade.WithAppID("a"), test.option)
		e, ok := errors.AsType[*apierrors.ValidationError](err)
		if !ok || e.Field != test.field || !strings.Contains(e.Reason, test.reason) {
			t.Errorf("got %v, want %s: …%s…", err, test.field, test.reason)
		}
	}
}

func TestBadOptionOfACallSendsNothing(t *testing.T) {
	t.Parallel()
	client := newClient(t, facade.WithHTTPClient(&http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		t.Error("a request was sent")
		return nil, errors.New("no")
	})}))
	_, err := client.Vault.Sessions.Create(t.Context(), facade.Session{}, facade.WithConsumerID("a\nb"), facade.WithTimeout(-1))
	if got := strings.Join(fields(t, err), " "); got != "WithConsumerID WithTimeout" {
		t.Errorf("fields are %s", got)
	}
}

func TestZeroOptionChangesNothing(t *testing.T) {
	t.Parallel()
	client, _ := serve(t, 200, nil, sessionJSON, facade.Option{})
	if _, err := client.Vault.Sessions.Create(t.Context(), facade.Session{}, facade.Option{}); err != nil {
		t.Error(err)
	}
}

func TestPlainHTTPToAnotherHostNeedsTheInsecureOption(t *testing.T) {
	clearEnvironment(t)
	own := []facade.Option{facade.WithAPIKey("k"), facade.WithAppID("a")}
	for url, allowed := range map[string]bool{
		"http://localhost:1": true, "http://127.0.0.1": true, "http://[::1]:1": true, "http://127.8.8.8:80": true,
		"http://example.com": false, "http://10.0.0.1": false, "http://localhost.example.com": false, "http://0.0.0.0": false,
	} {
		if _, err := facade.New(append(own, facade.WithBaseURL(url))...); (err == nil) != allowed {
			t.Errorf("%s: got %v", url, err)
		}
		if _, err := facade.New(append(own, facade.WithInsecureHTTP(), facade.WithBaseURL(url))...); err != nil {
			t.Errorf("%s with WithInsecureHTTP: got %v", url, err)
		}
	}
}

func TestCallersHTTPClientIsCopiedNotChanged(t *testing.T) {
	t.Parallel()
	jar := &http.Client{Timeout: time.Minute, Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		return answer(200, sessionJSON), nil
	})}
	client := newClient(t, facade.WithHTTPClient(jar))
	if _, err := client.Vault.Sessions.Create(t.Context(), facade.Session{}); err != nil {
		t.Fatal(err)
	}
	if _, same := jar.Transport.(roundTrip); !same || jar.CheckRedirect != nil || jar.Timeout != time.Minute {
		t.Errorf("the client was changed: %+v", jar)
	}
}

func TestKeyFuncIsCalledOnceForEachAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent []string
		keys := 0
		client := newClient(t,
			facade.WithRetries(facade.DefaultRetryConfig()),
			facade.WithHTTPClient(&http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				sent = append(sent, r.Header.Get("Authorization"))
				return answer(503, ""), nil
			})}),
			facade.WithAPIKeyFunc(func(context.Context) (string, error) {
				keys++
				return "key" + string(rune('0'+keys)), nil
			}))
		client.Vault.Sessions.Create(t.Context(), facade.Session{})
		if got := strings.Join(sent, ","); got != "Bearer key1,Bearer key2,Bearer key3" || keys != 3 {
			t.Errorf("sent %s after %d calls", got, keys)
		}
	})
}

func TestFailureOfTheKeyFuncIsTheCauseOfTheError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sealed := errors.New("secret store is sealed")
		attempts := 0
		client := newClient(t,
			facade.WithRetries(facade.DefaultRetryConfig()),
			facade.WithHTTPClient(&http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				attempts++
				return answer(503, ""), nil
			})}))
		for failing, wantAttempts := range []int{0, 1, 2} {
			attempts = 0
			calls := 0
			_, err := client.Vault.Sessions.Create(t.Context(), facade.Session{}, facade.WithAPIKeyFunc(func(context.Context) (string, error) {
				if calls++; calls > failing {
					return "", sealed
				}
				return "k", nil
			}))
			e, ok := errors.AsType[*apierrors.TransportError](err)
			if !ok || !errors.Is(err, sealed) || e.Attempts != wantAttempts || attempts != wantAttempts {
				t.Errorf("got %v after %d attempts", err, attempts)
			}
			if errors.Is(err, apierrors.ErrServer) != (wantAttempts > 0) {
				t.Errorf("the last failure is not in %v", err)
			}
		}
	})
}

func TestUnusableKeyFromTheKeyFuncIsAValidationError(t *testing.T) {
	t.Parallel()
	client, requests := serve(t, 200, nil, sessionJSON)
	for _, key := range []string{"", "canary\n", "Bearer canary"} {
		_, err := client.Vault.Sessions.Create(t.Context(), facade.Session{}, facade.WithAPIKeyFunc(func(context.Context) (string, error) { return key, nil }))
		e, ok := err.(*apierrors.ValidationError)
		if !ok || e.Field != "WithAPIKeyFunc" || strings.Contains(err.Error(), "canary") || len(requests) != 0 {
			t.Errorf("%q: got %v", key, err)
		}
	}
}

func TestRetryConfigGivenToAClientCannotBeChangedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := facade.DefaultRetryConfig()
		attempts := 0
		client := newClient(t, facade.WithRetries(config), facade.WithHTTPClient(&http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			attempts++
			return answer(503, ""), nil
		})}))
		clear(config.StatusCodes)
		client.Vault.Sessions.Create(t.Context(), facade.Session{})
		if attempts != 3 {
			t.Errorf("%d attempts", attempts)
		}
	})
}

func TestKeyFuncThatHangsIsBoundedByTheAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := newClient(t, facade.WithTimeout(3*time.Second), facade.WithHTTPClient(&http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			t.Error("a request was sent")
			return nil, errors.New("no")
		})}))
		for name, f := range map[string]func(context.Context) (string, error){
			"honours its context": func(ctx context.Context) (string, error) { <-ctx.Done(); return "", ctx.Err() },
			"comes too late":      func(ctx context.Context) (string, error) { <-ctx.Done(); return "k", nil },
		} {
			start := time.Now()
			_, err := client.Vault.Sessions.Create(t.Context(), facade.Session{}, facade.WithAPIKeyFunc(f))
			if e, ok := errors.AsType[*apierrors.TransportError](err); !ok || e.Attempts != 0 || !e.Timeout() || time.Since(start) != 3*time.Second {
				t.Errorf("%s: got %v after %v", name, err, time.Since(start))
			}
		}
	})
}

func TestKeyThatCannotBeSentOnARetryIsNoValidationError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := newClient(t,
			facade.WithRetries(facade.DefaultRetryConfig()),
			facade.WithHTTPClient(&http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return answer(503, ""), nil })}))
		keys := []string{"good", "bad\n"}
		_, err := client.Vault.Sessions.Create(t.Context(), facade.Session{}, facade.WithAPIKeyFunc(func(context.Context) (string, error) {
			key := keys[0]
			keys = keys[1:]
			return key, nil
		}))
		if _, invalid := errors.AsType[*apierrors.ValidationError](err); invalid || !errors.Is(err, apierrors.ErrServer) || !strings.Contains(err.Error(), "control character") {
			t.Errorf("got %v", err)
		}
	})
}

func TestCallThatEndsWhileWaitingAsksForNoKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		client := newClient(t,
			facade.WithRetries(facade.DefaultRetryConfig()),
			facade.WithHTTPClient(&http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				time.AfterFunc(time.Millisecond, cancel)
				return answer(503, ""), nil
			})}))
		asked := 0
		_, err := client.Vault.Sessions.Create(ctx, facade.Session{}, facade.WithAPIKeyFunc(func(context.Context) (string, error) { asked++; return "k", nil }))
		if asked != 1 || !errors.Is(err, context.Canceled) || !errors.Is(err, apierrors.ErrServer) {
			t.Errorf("asked %d times, got %v", asked, err)
		}
	})
}
