package main

import (
	"crypto/rand"
	"net/http"
	"sync"
)

// customer is an account of this SaaS and the person who acts for it.
type customer struct{ ID, Account, Name, Email string }

// consumerID is the id of the account in Vault. It is the app's own id, which
// never changes, not an e-mail address or a name.
func (c customer) consumerID() string { return "account:" + c.ID }

// customers is what a real app has in its database.
var customers = []customer{
	{"1001", "Harbour Coffee", "Ada Byron", "ada@harbour.example"},
	{"1002", "Nordlicht Studio", "Emil Lund", "emil@nordlicht.example"},
}

// cookieName is the app's own: browsers send the cookies of a host to every
// port of it, so two programs on localhost must not share a name.
const cookieName = "tidewater_signin"

// signins remembers who is signed in. This example has no passwords; a real app
// has its own authentication.
type signins struct {
	secure bool     // the app is served over https
	byKey  sync.Map // value of the cookie → customer
}

func (s *signins) cookie(value string, maxAge int) *http.Cookie {
	// Lax, not Strict: customers return from Vault by a link on another site
	// and must still be signed in.
	return &http.Cookie{Name: cookieName, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode}
}

// customer returns who sent r.
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
