package main

import (
	"cmp"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync/atomic"
	"time"

	"github.com/apideck-community/vault-go/vaulttest"
)

// admin is the state of the admin API.
type admin struct {
	token   string // required unless ""
	proxied bool   // every request may seem to come from this machine
	ahead   atomic.Int64
}

// now is the stand-in's clock.
func (a *admin) now() time.Time { return time.Now().Add(time.Duration(a.ahead.Load())) }

// reject returns why r may not use the admin API, with a status. It needs the
// token or, if there is none, must come from this machine, without a proxy. The
// Host header is checked too, because another site's domain can resolve to
// 127.0.0.1.
func (a *admin) reject(r *http.Request) (status int, reason string) {
	if a.token != "" {
		key := []byte(r.Header.Get("Authorization"))
		if subtle.ConstantTimeCompare(key, []byte("Bearer "+a.token)) == 0 {
			return http.StatusUnauthorized, "send Authorization: Bearer <admin token>"
		}
		return 0, ""
	}

	isProxied := a.proxied
	for _, name := range []string{"X-Forwarded-For", "Forwarded", "Via"} {
		isProxied = isProxied || r.Header.Get(name) != ""
	}
	peer := net.ParseIP((&url.URL{Host: r.RemoteAddr}).Hostname())
	host := (&url.URL{Host: r.Host}).Hostname()
	isLocal := peer.IsLoopback() && (host == "localhost" || net.ParseIP(host).IsLoopback())
	if isProxied || !isLocal {
		return http.StatusForbidden, "/__admin needs -admin-token with -public-url, behind a proxy or from another machine"
	}
	return 0, ""
}

// reply is a vaulttest.Reply in JSON.
type reply struct {
	vaulttest.Reply
	Delay string `json:"delay,omitempty"`
}

func (r reply) parse() (vaulttest.Reply, error) {
	var err error
	if r.Reply.Delay, err = time.ParseDuration(cmp.Or(r.Delay, "0s")); err != nil {
		return r.Reply, errors.New(`delay must be a duration, such as "1.5s"`)
	}
	if r.Status != 0 && (r.Status < 200 || r.Status > 599) {
		return r.Reply, errors.New("status must be 200 to 599")
	}
	if r.Body == "" && r.Status >= 400 {
		standard := errorReply(r.Status)
		r.Body = standard.Body
		if r.Header == nil {
			r.Header = standard.Header
		}
	}
	return r.Reply, nil
}

// connection is a vaulttest.Connection in JSON.
type connection struct {
	vaulttest.Connection
	Enabled *bool `json:"enabled"` // true if missing
}

func (c connection) parse() (vaulttest.Connection, error) {
	c.Connection.Enabled = c.Enabled == nil || *c.Enabled
	if c.UnifiedAPI == "" || c.ServiceID == "" {
		return c.Connection, errors.New("unified_api and service_id are required")
	}
	switch c.State {
	case vaulttest.StateAdded, vaulttest.StateAuthorized, vaulttest.StateCallable, vaulttest.StateInvalid:
		return c.Connection, nil
	default:
		return c.Connection, errors.New("state must be added, authorized, callable or invalid")
	}
}

// decode decodes the array of J in the body of r. If it is not valid, it responds
// with an error that speaks of JSON, not of Go.
func decode[J interface{ parse() (T, error) }, T any](w http.ResponseWriter, r *http.Request) (parsed []T, ok bool) {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	decoder.DisallowUnknownFields()
	var elements []J
	err := decoder.Decode(&elements)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		field := wrong.Field[strings.LastIndex(wrong.Field, ".")+1:] // without Go's embedded type
		want := cmp.Or(jsonTypes[wrong.Type], "an object")
		err = fmt.Errorf("%s must be %s, not %s", cmp.Or(field, "the body"), want, wrong.Value)
	}
	for i, element := range elements {
		next, problem := element.parse()
		if problem != nil && err == nil {
			err = fmt.Errorf("element %d: %w", i, problem)
		}
		parsed = append(parsed, next)
	}
	if err != nil {
		reason := strings.TrimPrefix(err.Error(), "json: ")
		http.Error(w, "invalid: "+reason+" (see mock-vault -h)", http.StatusBadRequest)
	}
	return parsed, err == nil
}

var jsonTypes = map[reflect.Type]string{
	reflect.TypeFor[[]reply]():      "an array",
	reflect.TypeFor[[]connection](): "an array",
	reflect.TypeFor[[]string]():     `an object of arrays, such as {"Retry-After": ["7"]}`,
	reflect.TypeFor[string]():       "a string",
	reflect.TypeFor[int]():          "an integer",
	reflect.TypeFor[bool]():         "true or false",
}

// serveAdmin serves the paths that help.txt describes.
func (m *mock) serveAdmin(w http.ResponseWriter, r *http.Request) {
	if status, reason := m.reject(r); status != 0 {
		http.Error(w, reason, status)
		return
	}
	_, name, _ := strings.Cut(r.URL.Path, "/__admin/")
	consumer := r.URL.Query().Get("consumer_id")
	if name == "connections" && consumer == "" {
		http.Error(w, "the query parameter consumer_id is required", http.StatusBadRequest)
		return
	}

	switch r.Method + " " + name {
	case "GET requests":
		respond(w, m.requests())
	case "GET replies":
		respond(w, m.replies())
	case "POST replies":
		if replies, ok := decode[reply](w, r); ok {
			m.vault.Enqueue(replies...)
		}
	case "DELETE replies":
		m.vault.ClearReplies()
	case "GET connections":
		respond(w, append([]vaulttest.Connection{}, m.vault.Connections(consumer)...)) // not null
	case "PUT connections":
		if connections, ok := decode[connection](w, r); ok {
			m.vault.SetConnections(consumer, connections...)
		}
	case "POST clock":
		advance, err := time.ParseDuration(r.PostFormValue("advance"))
		if err != nil {
			http.Error(w, "advance must be a duration, such as 31m", http.StatusBadRequest)
			return
		}
		m.ahead.Add(int64(advance))
		fmt.Fprintln(w, m.now().Format(time.RFC3339))
	case "POST reset":
		m.vault.Reset()
		m.ahead.Store(0)
	default:
		http.Error(w, "no such path or method (see mock-vault -h)", http.StatusNotFound)
	}
}

func respond(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}

// request is a vaulttest.Request in JSON.
type request struct {
	vaulttest.Request
	Body string `json:"body"`
}

func (m *mock) requests() []request {
	requests := []request{} // not null
	for _, r := range m.vault.Requests() {
		requests = append(requests, request{r, string(r.Body)})
	}
	return requests
}

func (m *mock) replies() []reply {
	replies := []reply{} // not null
	for _, r := range m.vault.Replies() {
		replies = append(replies, reply{r, r.Delay.String()})
	}
	return replies
}
