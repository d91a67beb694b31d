package main

import (
	"crypto/rand"
	"net/http"
	"sync"
)

// customer is an account of this SaaS and the person who uses it.
type customer struct{ ID, Account, Name, Email string }

// consumerID returns the id of the account in Vault. It is derived from the
// app's own id, which never changes, unlike an e-mail address or a name.
func (c customer) consumerID() string { return "account:" + c.ID }

// customers stands in for the database of a real app.
var customers = []customer{
	{"1001", "Harbour Coffee", "Ada Byron", "ada@harbour.example"},
	{"1002", "Nordlicht Studio", "Emil Lund", "emil@nordlicht.example"},
}

// cookieName is specific to this app, because browsers share the cookies of
// localhost between all ports.
const cookieName = "tidewater_signin"

// signins records who is signed in. This example has no passwords; a real app has
// its own authentication.
type signins struct {
	secure bool     // the app is served over https
	byKey  sync.Map // value of the cookie → customer
}

func (s *signins) cookie(value string, maxAge int) *http.Cookie {
	// Lax, not Strict, so that customers who return by a link in Vault, on another
	// site, are still signed in.
	return &http.Cookie{Name: cookieName, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode}
}

// customer returns the customer who sent r, if signed in.
func (s *signins) customer(r *http.Request) (customer, bool) {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return customer{}, false
	}
	c, ok := s.byKey.Load(cookie.Value)
	if !ok {
		return customer{}, false
	}
	return c.(customer), true
}

func (a *app) signIn(w http.ResponseWriter, r *http.Request) {
	for _, c := range customers {
		if c.ID == r.PostFormValue("customer") {
			key := rand.Text()
			a.signins.byKey.Store(key, c)
			http.SetCookie(w, a.signins.cookie(key, 8*60*60))
		}
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (a *app) signOut(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(cookieName); err == nil {
		a.signins.byKey.Delete(cookie.Value)
	}
	http.SetCookie(w, a.signins.cookie("", -1))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
