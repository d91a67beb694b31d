// Command byhand makes the request of examples/quickstart with net/http and
// encoding/json.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
)

func main() {
	body, err := json.Marshal(map[string]string{"redirect_uri": "https://mysaas.com/dashboard"})
	if err != nil {
		log.Fatal(err)
	}
	resp, err := http.Post("https://unify.apideck.com/vault/sessions", "application/json", bytes.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	var session struct{ Data map[string]string }
	if err := json.NewDecoder(resp.Body).Decode(&session); err != nil {
		log.Fatal(err)
	}
	fmt.Println(session.Data["session_uri"])
}
