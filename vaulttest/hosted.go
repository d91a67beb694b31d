package vaulttest

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"sync"
	"time"
)

//go:embed page.html
var pageHTML string

// pageTemplate is parsed when a page is first shown: a test that shows none
// should not pay for it.
var pageTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Parse(pageHTML))
})

// servePage renders the hosted page of the session that token stands for.
func (s *Server) servePage(w http.ResponseWriter, token string) {
	c, ok := s.verify(token)
	if !ok {
		render(w, http.StatusNotFound, newPage("notfound", claims{}))
		return
	}
	left := time.Unix(c.ExpiresAt, 0).Sub(s.now())
	if left <= 0 {
		render(w, http.StatusGone, newPage("expired", c))
		return
	}
	p := newPage("session", c)
	p.Left = inWords(left)
	render(w, http.StatusOK, p)
}

// policy is the Content-Security-Policy: nothing but the page's own style and
// the images that the session names.
func (p *page) policy() string {
	images := "data:"
	for _, image := range []string{p.Logo, p.Favicon, p.Avatar} {
		if u, err := url.Parse(image); err == nil && u.Host != "" {
			images += " " + u.Scheme + "://" + u.Host
		}
	}
	return fmt.Sprintf("default-src 'none'; style-src 'nonce-%s'; img-src %s; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", p.Nonce, images)
}

func render(w http.ResponseWriter, status int, p *page) {
	var out bytes.Buffer
	if err := pageTemplate().Execute(&out, p); err != nil {
		http.Error(w, "vaulttest: "+err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", p.policy())
	// The address of the page is a secret: no cache and no other site may see it.
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(out.Bytes())
}
