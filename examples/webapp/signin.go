package main

import (
	"crypto/rand"
	"net/http"
	"strings"
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

// signedIn returns the customer who sent r, if signed in. This example has no
// passwords; a real app has its own authentication.
func (a *app) signedIn(r *http.Request) (c customer, ok bool) {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return c, false
	}
	found, _ := a.signins.Load(cookie.Value)
	c, ok = found.(customer)
	return c, ok
}

func (a *app) signIn(w http.ResponseWriter, r *http.Request) {
	for _, c := range customers {
		if c.ID == r.PostFormValue("customer") {
			key := rand.Text()
			a.signins.Store(key, c)
			http.SetCookie(w, &http.Cookie{
				Name:     cookieName,
				Value:    key,
				Path:     "/",
				Secure:   strings.HasPrefix(a.public, "https://"),
				HttpOnly: true,
				// Not Strict, so that customers who return by a link in Vault, on another
				// site, are still signed in.
				SameSite: http.SameSiteLaxMode,
			})
		}
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (a *app) signOut(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(cookieName); err == nil {
		a.signins.Delete(cookie.Value)
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
