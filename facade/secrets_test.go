package facade

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	apierrors "github.com/apideck-community/vault-go/errors"
)

// checkError, outcome.check and newFaultClient apply these checks to the
// errors, responses and logs of every fault row; the tests of this file to
// what is left.

// prints returns v as every fmt verb and both slog handlers show it.
func prints(v any) string {
	var all strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&all, verb+"\n", v)
	}
	var log bytes.Buffer
	level := &slog.HandlerOptions{Level: slog.Level(-100)}
	slog.New(slog.NewTextHandler(&log, level)).Info("v", "v", v)
	slog.New(slog.NewJSONHandler(&log, level)).Info("v", "v", v)
	all.Write(log.Bytes())
	return all.String()
}

// asJSON returns v as JSON, "" when it cannot be encoded.
func asJSON(v any) string {
	encoded, _ := json.Marshal(v)
	return string(encoded)
}

func TestNothingThatIsExportedPrintsASecret(t *testing.T) {
	t.Parallel()
	c := newFaultClient(t, transportFunc(reply(200, goodBody)).option(), WithHeader("X-Extra", canaryKey))
	out, err := c.Vault.Sessions.Create(t.Context(), Session{})
	if err != nil {
		t.Fatal(err)
	}
	options := []Option{WithAPIKey(canaryKey), WithAppID(canaryApp), WithConsumerID(canaryConsumer), WithHeader("X-Extra", canaryKey)}
	values := map[string]any{
		"*Client": c, "Client": *c, "*Vault": c.Vault, "Vault": *c.Vault, "*Sessions": c.Vault.Sessions, "Sessions": *c.Vault.Sessions,
		"Option": options[0], "[]Option": options,
		"in a struct": struct{ C *Client }{c}, "in an unexported field": struct{ c *Client }{c}, "in a slice": []any{c}, "in a map": map[string]any{"c": c},
		"*CreateSessionResponse": out, "CreateSessionResponse": *out, "its Data": out.Data, "its *Data": &out.Data,
		"the generated response": out.CreateSessionResponse, "*the generated response": &out.CreateSessionResponse,
	}
	for name, v := range values {
		checkNoCanary(t, name, prints(v))
	}
	// In a container slog's JSON handler uses json.Marshal, which is faithful.
	for _, v := range []any{[]CreateSessionResponse{*out}, struct{ R CreateSessionResponse }{*out}, map[string]*CreateSessionResponse{"r": out}} {
		checkNoCanary(t, "a response in a container", strings.ReplaceAll(prints(v), asJSON(v), ""))
	}
	for _, name := range []string{"*Client", "Client", "*Vault", "*Sessions", "Option", "[]Option", "in a struct"} {
		checkNoCanary(t, "JSON of "+name, asJSON(values[name]))
	}
	t.Logf("figure: secrets: 0 hits of 4 canaries in %d values under 7 verbs and 2 slog handlers", len(values))

	// The two that hand the session on are faithful.
	if encoded := asJSON(out); !strings.Contains(encoded, canaryToken) || !strings.Contains(encoded, canaryURI) {
		t.Errorf("JSON of the response is not faithful: %s", encoded)
	}
	if strings.Contains(asJSON(out), canaryKey) {
		t.Error("JSON of the response holds the key")
	}
}

func TestAnEchoOfTheKeyIsMasked(t *testing.T) {
	t.Parallel()
	echo := `{"message":"no such key ` + canaryKey + `","error":"` + canaryKey + `","type_name":"` + canaryKey + `","ref":"` + canaryKey +
		`","detail":{"key":"` + canaryKey + `"},"downstream_errors":[{"message":"` + canaryKey + `"}]}`
	transports := map[string]answer{
		"in a refusal":        reply(401, echo, "X-Apideck-Request-Id", canaryKey, "X-Echo", canaryKey),
		"in an unknown type":  reply(200, "<html>", "Content-Type", canaryKey),
		"in a transport":      fails(fmt.Errorf("cannot send Authorization: Bearer %s", canaryKey)),
		"in a 202's header":   reply(202, "", "X-Apideck-Request-Id", canaryKey),
		"in a redirect's":     reply(307, "", "Location", "https://other.test/?key="+canaryKey),
		"in a success' field": reply(200, strings.Replace(goodBody, `"status":"OK"`, `"status":"OK","key":"`+canaryKey+`"`, 1), "X-Echo", canaryKey),
	}
	for name, a := range transports {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newFaultClient(t, transportFunc(a).option(), attemptsOnly(1))
			out, err := c.Vault.Sessions.Create(t.Context(), Session{})
			if err != nil {
				checkError(t, err)
			} else {
				checkNoCanary(t, "response", prints(out))
				checkNoCanary(t, "header", fmt.Sprint(out.Header))
			}
			if e, ok := err.(*apierrors.APIError); ok && name == "in a refusal" {
				if !strings.Contains(e.Message, keyMask) || strings.Contains(string(e.Body()), canaryKey) || e.Detail.Fields()["key"] != keyMask {
					t.Errorf("the echo is not masked: %q, %s", e.Message, e.Body())
				}
			}
		})
	}
}

func TestAShortKeyMasksNoOrdinaryWord(t *testing.T) {
	t.Parallel()
	c := newFaultClient(t, transportFunc(reply(401, `{"message":"a message"}`)).option(), WithAPIKey("mess"))
	_, err := c.Vault.Sessions.Create(t.Context(), Session{})
	if e, ok := err.(*apierrors.APIError); !ok || e.Message != "a message" {
		t.Errorf("got %v", err)
	}
}

func TestTheCallersRequestsKeepTheirKey(t *testing.T) {
	t.Parallel()
	var sent http.Header
	c := newFaultClient(t, transportFunc(func(req *http.Request) (*http.Response, error) {
		sent = req.Header
		return reply(401, "", "X-Echo", canaryKey)(req)
	}).option())
	c.Vault.Sessions.Create(t.Context(), Session{})
	if sent.Get("Authorization") != "Bearer "+canaryKey {
		t.Errorf("sent %q", sent.Get("Authorization"))
	}
}

func TestAnEchoOfTheKeyIsMaskedHoweverJSONSpellsIt(t *testing.T) {
	t.Parallel()
	const key = `sk/live&"2`
	for _, spelt := range []string{`sk/live&\"2`, `sk\/live\u0026\"2`, `\u0073k/live&\u00222`, `sk\u002Flive\u0026\u00222`} {
		c := newFaultClient(t, WithAPIKey(key), transportFunc(reply(401, `{"message":"no such key `+spelt+`!"}`)).option(), attemptsOnly(1))
		_, err := c.Vault.Sessions.Create(t.Context(), Session{})
		if e, ok := err.(*apierrors.APIError); !ok || e.Message != "no such key "+keyMask+"!" {
			t.Errorf("%s: got %v", spelt, err)
		}
	}
}

func TestAHeaderFullOfEchoesIsCopiedOnce(t *testing.T) {
	const echoes = 2000
	req := &http.Request{Header: http.Header{"Authorization": {"Bearer " + canaryKey}}}
	values := make([]string, echoes)
	for i := range values {
		values[i] = canaryKey
	}
	header := http.Header{"X-Echo": values}
	allocations := testing.AllocsPerRun(5, func() {
		resp := &http.Response{StatusCode: 200, Header: header}
		hideKey(req, resp, nil)
		if got := resp.Header["X-Echo"]; got[0] != keyMask || got[echoes-1] != keyMask {
			t.Errorf("the echo is not masked: %q", got[0])
		}
	})
	if allocations > 1.5*echoes {
		t.Errorf("%v allocations for %d values", allocations, echoes)
	}
}
