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
	"slices"
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

	h := r.Header
	forwarded := h.Get("X-Forwarded-For") + h.Get("Forwarded") + h.Get("Via")
	isProxied := a.proxied || forwarded != ""
	peer := net.ParseIP((&url.URL{Host: r.RemoteAddr}).Hostname())
	host := (&url.URL{Host: r.Host}).Hostname()
	isLocal := peer.IsLoopback() && (host == "localhost" || net.ParseIP(host).IsLoopback())
	if isProxied || !isLocal {
		return http.StatusForbidden,
			"/__admin needs -admin-token with -public-url, behind a proxy or from another machine"
	}
	return 0, ""
}

// reply is a vaulttest.Reply in JSON.
type reply struct {
	vaulttest.Reply
	Delay string `json:"delay"`
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
	if r.Reply.Delay, err = time.ParseDuration(r.Delay); err != nil {
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
	if c.UnifiedAPI == "" || c.ServiceID == "" {
		return c, errors.New("unified_api and service_id are required")
	}
	if !slices.Contains(states, c.State) {
		return c, errors.New("state must be added, authorized, callable or invalid")
	}
	return c, nil
}

// decode decodes a JSON value. Its errors do not name types of Go.
func decode(text []byte, v any) error {
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(v)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		field := strings.TrimPrefix(wrong.Field, "Reply.") // the embedded type; not in Go 1.27
		return fmt.Errorf("%s cannot be a JSON %s", cmp.Or(field, "it"), wrong.Value)
	}
	if err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// parseArray parses the array in the body of r. If it is not valid, it responds with
// the reason.
func parseArray[T any](
	w http.ResponseWriter, r *http.Request, parse func([]byte) (T, error),
) (parsed []T, ok bool) {
	var elements []json.RawMessage
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&elements)
	if err != nil {
		err = errors.New("the body must be a JSON array")
	}

	for i, element := range elements {
		next, invalid := parse(element)
		if invalid != nil && err == nil {
			err = fmt.Errorf("element %d: %w", i, invalid)
		}
		parsed = append(parsed, next)
	}

	if err != nil {
		http.Error(w, err.Error()+" (see mock-vault -h)", http.StatusBadRequest)
	}
	return parsed, err == nil
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
		respond(w, m.vault.Requests(), func(r vaulttest.Request) any {
			return request{r, string(r.Body)}
		})
	case "GET replies":
		respond(w, m.vault.Replies(), func(r vaulttest.Reply) any {
			return reply{r, r.Delay.String()}
		})
	case "POST replies":
		if replies, ok := parseArray(w, r, parseReply); ok {
			m.vault.Enqueue(replies...)
		}
	case "DELETE replies":
		m.vault.ClearReplies()
	case "GET connections":
		respond(w, m.vault.Connections(consumer), func(c vaulttest.Connection) any { return c })
	case "PUT connections":
		if connections, ok := parseArray(w, r, parseConnection); ok {
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

// request is a vaulttest.Request in JSON.
type request struct {
	vaulttest.Request
	Body string `json:"body"`
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
