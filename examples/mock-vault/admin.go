package main

import (
	"bytes"
	"cmp"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/apideck-community/vault-go/vaulttest"
)

// now is the stand-in's clock.
func (m *mock) now() time.Time { return time.Now().Add(time.Duration(m.ahead.Load())) }

// serveAdmin serves the paths that help.txt describes.
func (m *mock) serveAdmin(w http.ResponseWriter, r *http.Request) {
	if !m.allows(r) {
		http.Error(w, "send Authorization: Bearer <admin token>; without -admin-token, /__admin serves "+
			"only this machine, without -public-url and without a proxy", http.StatusUnauthorized)
		return
	}
	if err := m.admin(w, r); err != nil {
		http.Error(w, err.Error()+" (see mock-vault -h)", http.StatusBadRequest)
	}
}

// allows reports whether r may use the admin API. It needs the token or, if there
// is none, must come from this machine, without a proxy. The Host header is checked
// too, because another site's domain can resolve to 127.0.0.1.
func (m *mock) allows(r *http.Request) bool {
	if m.token != "" {
		header := []byte(r.Header.Get("Authorization"))
		return subtle.ConstantTimeCompare(header, []byte("Bearer "+m.token)) == 1
	}

	forwarded := r.Header.Get("X-Forwarded-For") + r.Header.Get("Forwarded") + r.Header.Get("Via")
	isProxied := m.proxied || forwarded != ""
	return !isProxied && isLoopback(r.RemoteAddr) && isLoopback(r.Host)
}

func isLoopback(hostport string) bool {
	host := (&url.URL{Host: hostport}).Hostname()
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// admin carries out a request to the admin API. An error means that the request
// is not valid.
func (m *mock) admin(w http.ResponseWriter, r *http.Request) error {
	action := r.PathValue("action")
	consumer := r.URL.Query().Get("consumer_id")
	if action == "connections" && consumer == "" {
		return errors.New("the query parameter consumer_id is required")
	}

	switch r.Method + " " + action {
	case "GET requests":
		respond(w, m.vault.Requests(), func(r vaulttest.Request) any {
			return request{r, string(r.Body)}
		})
	case "GET replies":
		respond(w, m.vault.Replies(), func(r vaulttest.Reply) any {
			return reply{r, r.Delay.String()}
		})
	case "POST replies":
		replies, err := parseArray(r.Body, parseReply)
		if err != nil {
			return err
		}
		m.vault.Enqueue(replies...)
	case "DELETE replies":
		m.vault.ClearReplies()
	case "GET connections":
		respond(w, m.vault.Connections(consumer), func(c vaulttest.Connection) any { return c })
	case "PUT connections":
		connections, err := parseArray(r.Body, parseConnection)
		if err != nil {
			return err
		}
		m.vault.SetConnections(consumer, connections...)
	case "POST clock":
		advance, err := time.ParseDuration(r.PostFormValue("advance"))
		if err != nil {
			return errors.New("advance must be a duration, such as 31m")
		}
		m.ahead.Add(int64(advance))
	case "POST reset":
		m.vault.Reset()
		m.ahead.Store(0)
	default:
		http.Error(w, "no such path or method (see mock-vault -h)", http.StatusNotFound)
	}
	return nil
}

// request is a vaulttest.Request in JSON.
type request struct {
	vaulttest.Request
	Body string `json:"body"`
}

// reply is a vaulttest.Reply in JSON.
type reply struct {
	vaulttest.Reply
	Delay string `json:"delay"`
}

// respond responds with a JSON array.
func respond[T any](w http.ResponseWriter, list []T, toJSON func(T) any) {
	elements := []any{} // not null
	for _, element := range list {
		elements = append(elements, toJSON(element))
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(elements)
}

// parseArray decodes a JSON array. parse decodes one of its elements.
func parseArray[T any](body io.Reader, parse func([]byte) (T, error)) (parsed []T, err error) {
	var elements []json.RawMessage
	if err := json.NewDecoder(body).Decode(&elements); err != nil {
		return nil, errors.New("the body must be a JSON array")
	}

	for i, element := range elements {
		next, err := parse(element)
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		parsed = append(parsed, next)
	}
	return parsed, nil
}

func parseReply(text []byte) (vaulttest.Reply, error) {
	r := reply{Delay: "0s"}
	if err := decode(text, &r); err != nil {
		return r.Reply, err
	}
	if r.Status != 0 && (r.Status < 200 || r.Status > 599) {
		return r.Reply, errors.New("status must be 200 to 599")
	}
	if r.Status >= 400 {
		r.Reply = errorReply(r.Status)
		decode(text, &r) // over the API's error response
	}

	var err error
	r.Reply.Delay, err = time.ParseDuration(r.Delay)
	if err != nil {
		return r.Reply, errors.New(`delay must be a duration, such as "1.5s"`)
	}
	return r.Reply, nil
}

func parseConnection(text []byte) (vaulttest.Connection, error) {
	c := vaulttest.Connection{Enabled: true}
	if err := decode(text, &c); err != nil {
		return c, err
	}
	states := []vaulttest.State{"added", "authorized", "callable", "invalid"}
	if c.UnifiedAPI == "" || c.ServiceID == "" || !slices.Contains(states, c.State) {
		return c, errors.New("unified_api, service_id and state are required; " +
			"state must be added, authorized, callable or invalid")
	}
	return c, nil
}

// decode decodes a JSON value. Its errors do not name types of Go.
func decode(text []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(v)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		field := strings.TrimPrefix(wrong.Field, "Reply.") // the embedded type; not in Go 1.27
		return fmt.Errorf("%s cannot be a JSON %s", cmp.Or(field, "it"), wrong.Value)
	}
	return err
}
