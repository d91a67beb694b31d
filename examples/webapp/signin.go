package main

import (
	"crypto/rand"
	"net/http"
	"sync"
)

// customer is an account of this SaaS and the person who acts for it.
type customer struct{ ID, Account, Name, Email string }

// consumerID is how Vault knows the account: the app's own id, which never
// changes, not an e-mail address or a name.
func (c customer) consumerID() string { return "account:" + c.ID }

// customers is what a real app has in its database.
var customers = []customer{
	{"1001", "Harbour Coffee", "Ada Byron", "ada@harbour.example"},
	{"1002", "Nordlicht Studio", "Emil Lund", "emil@nordlicht.example"},
}

// signins remembers who is signed in, by the value of a cookie. This example
// has no passwords; a real app has its own way to sign in.
type signins struct {
	secure bool // the cookie is for https alone
	mu     sync.Mutex
	byKey  map[string]customer
}

func newSignins(secure bool) *signins {
	return &signins{secure: secure, byKey: map[string]customer{}}
}

func (s *signins) cookie(value string, maxAge int) *http.Cookie {
	// Lax, not Strict: the way back from Vault is a link on another site, and
	// the customer is still signed in then.
	return &http.Cookie{Name: "session", Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode}
}

// customer returns who sent r.
func (s *signins) customer(r *http.Request) (customer, bool) {
	cookie, err := r.Cookie("session")
	if err != nil {
		return customer{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.byKey[cookie.Value]
	return c, ok
}

func (a *app) signIn(w http.ResponseWriter, r *http.Request) {
	for _, c := range customers {
		if c.ID == r.PostFormValue("customer") {
			key := rand.Text()
			a.signins.mu.Lock()
			a.signins.byKey[key] = c
			a.signins.mu.Unlock()
			http.SetCookie(w, a.signins.cookie(key, 8*60*60))
		}
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (a *app) signOut(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie("session"); err == nil {
		a.signins.mu.Lock()
		delete(a.signins.byKey, cookie.Value)
		a.signins.mu.Unlock()
	}
	http.SetCookie(w, a.signins.cookie("", -1))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
