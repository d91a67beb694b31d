package main

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
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

// allows reports whether r has the token or, without a token, comes from this
// machine. It also checks the Host header, because another site's domain can
// resolve to 127.0.0.1.
func (a *admin) allows(r *http.Request) bool {
	if a.token != "" {
		return subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+a.token)) == 1
	}
	peer := net.ParseIP((&url.URL{Host: r.RemoteAddr}).Hostname())
	host := (&url.URL{Host: r.Host}).Hostname()
	return !a.proxied && peer.IsLoopback() && (host == "localhost" || net.ParseIP(host).IsLoopback())
}

// scripted is a vaulttest.Reply in JSON.
type scripted struct {
	vaulttest.Reply
	Delay string
}

func (s scripted) reply() (r vaulttest.Reply, err error) {
	r = s.Reply
	if s.Delay != "" {
		if r.Delay, err = time.ParseDuration(s.Delay); err != nil {
			return r, err
		}
	}
	if r.Status != 0 && (r.Status < 200 || r.Status > 599) {
		return r, fmt.Errorf("%d is not a valid status, must be 200 to 599", r.Status)
	}
	if r.Body == "" && r.Status >= 400 {
		r.Body = vaulttest.ErrorResponse(r.Status).Body
	}
	return r, nil
}

func (m *mock) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /__admin/requests", func(w http.ResponseWriter, r *http.Request) {
		requests := []map[string]any{} // not null
		for _, r := range m.vault.Requests() {
			requests = append(requests, map[string]any{
				"method": r.Method, "path": r.Path, "header": r.Header, "body": string(r.Body),
			})
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(requests)
	})
	mux.HandleFunc("POST /__admin/replies", func(w http.ResponseWriter, r *http.Request) {
		var next []scripted
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
		decoder.DisallowUnknownFields()
		err := decoder.Decode(&next)
		replies := make([]vaulttest.Reply, len(next))
		for i := range next {
			if err == nil {
				replies[i], err = next[i].reply()
			}
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		m.vault.Enqueue(replies...)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /__admin/clock", func(w http.ResponseWriter, r *http.Request) {
		advance, err := time.ParseDuration(r.PostFormValue("advance"))
		if err != nil {
			http.Error(w, "advance must be a duration, such as 31m", http.StatusBadRequest)
			return
		}
		m.ahead.Add(int64(advance))
		fmt.Fprintln(w, m.now().Format(time.RFC3339))
	})
	mux.HandleFunc("POST /__admin/reset", func(w http.ResponseWriter, r *http.Request) {
		m.vault.Reset()
		m.ahead.Store(0)
		w.WriteHeader(http.StatusNoContent)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !m.allows(r) {
			http.Error(w, "/__admin needs -admin-token with -public-url or from another machine", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}
