package contract

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/apideck-community/vault-go/vaulttest"
)

// verdict says who accepts a body.
type verdict struct{ standIn, contract bool }

// judge sends a body to the stand-in, whose response has to conform to the contract.
func judge(t *testing.T, c *contract, server *vaulttest.Server, body string) (v verdict, response string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, server.URL+"/vault/sessions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{
		"Authorization": {"Bearer key"}, "X-Apideck-App-Id": {"app"}, "X-Apideck-Consumer-Id": {"consumer"},
		"Content-Type": {"application/json"},
	}
	in, err := c.checkRequest(req)
	v.contract = err == nil

	resp, err := server.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	v.standIn = resp.StatusCode == http.StatusOK
	if err := checkResponse(in, resp); err != nil {
		t.Errorf("%s: %v", body, err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return v, string(text)
}

// testdata/bodies.json has bodies at the edges of JSON and of the contract, and says
// who accepts them and why.
func TestServer_AcceptsWhatTheContractAccepts(t *testing.T) {
	t.Parallel()
	c := load(t)
	server := vaulttest.NewServer(t, vaulttest.InProcess())
	text, err := os.ReadFile("testdata/bodies.json")
	if err != nil {
		t.Fatal(err)
	}
	var bodies []struct {
		Why               string
		StandIn, Contract bool
		Bodies            []string
	}
	if err := json.Unmarshal(text, &bodies); err != nil {
		t.Fatal(err)
	}
	for _, group := range bodies {
		for _, body := range group.Bodies {
			got, response := judge(t, c, server, body)
			if want := (verdict{group.StandIn, group.Contract}); got != want {
				t.Errorf("%s: body %q: %+v, want %+v: %s", group.Why, body, got, want, response)
			}
		}
	}
}

// Each property with a value that is most likely of the wrong type, and with a typo.
func TestServer_AcceptsAndRejectsAsTheContractDoes(t *testing.T) {
	t.Parallel()
	c := load(t)
	server := vaulttest.NewServer(t, vaulttest.InProcess())
	paths := typedProperties("", c.session())
	if len(paths) < 20 {
		t.Errorf("found only %v", paths)
	}
	for _, path := range paths {
		bodies := []string{nest(path, "[[7]]")}
		if !strings.HasPrefix(path, "consumer_metadata.") { // the API keeps its other keys
			bodies = append(bodies, nest(path+"x", "7"))
		}
		for _, body := range bodies {
			if got, response := judge(t, c, server, body); got.standIn != got.contract {
				t.Errorf("body %s: %+v: %s", body, got, response)
			}
		}
	}
}

// typedProperties returns the paths of the properties that have one type. Others can
// be any in Go, so that the stand-in accepts everything.
func typedProperties(prefix string, s *openapi3.Schema) (paths []string) {
	for name, property := range s.Properties {
		if property.Value.Type == nil || property.Value.Nullable {
			continue
		}
		paths = append(paths, prefix+name)
		isClosed := property.Value.AdditionalProperties.Has != nil && !*property.Value.AdditionalProperties.Has
		if isClosed {
			paths = append(paths, typedProperties(prefix+name+".", property.Value)...)
		}
	}
	return paths
}

// nest returns an object that has the value at a path.
func nest(path, value string) string {
	keys := strings.Split(path, ".")
	for _, key := range slices.Backward(keys) {
		value = fmt.Sprintf("{%q:%s}", key, value)
	}
	return value
}

// Users test against the stand-in, so that its error responses must conform to the
// contract too.
func TestServer_ErrorResponsesConformToTheContract(t *testing.T) {
	t.Parallel()
	c := load(t)
	server := vaulttest.NewServer(t, vaulttest.InProcess())
	replies := []vaulttest.Reply{
		vaulttest.RateLimited(time.Second), vaulttest.PlanLimitReached(), vaulttest.KeyExpired(),
		vaulttest.RedirectRejected(), vaulttest.ServerDown(),
	}
	for _, status := range []int{400, 401, 402, 403, 404, 409, 422, 429, 500, 502, 503, 504} {
		replies = append(replies, vaulttest.ErrorResponse(status))
	}
	for _, reply := range replies {
		server.Enqueue(reply)
		_, response := judge(t, c, server, "{}")
		if !strings.Contains(response, fmt.Sprintf(`"status_code":%d`, reply.Status)) {
			t.Errorf("%d: %s", reply.Status, response)
		}
	}
}
