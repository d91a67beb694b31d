package errors_test

import (
	"encoding/json"
	"reflect"
	"testing"

	apierrors "github.com/apideck-community/vault-go/errors"
)

func TestDetailIsLosslessWhateverItHolds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		body, raw, text string
		fields          map[string]any
	}{
		{`{}`, ``, ``, nil},
		{`{"detail":null}`, `null`, ``, nil},
		{`{"detail":""}`, `""`, ``, nil},
		{`{"detail":"Missing property foobar"}`, `"Missing property foobar"`, `Missing property foobar`, nil},
		{`{"detail":{"missing": [{"foobar":"required"}]}}`, `{"missing": [{"foobar":"required"}]}`, `{"missing":[{"foobar":"required"}]}`,
			map[string]any{"missing": []any{map[string]any{"foobar": "required"}}}},
		{`{"detail":[1,"a"]}`, `[1,"a"]`, `[1,"a"]`, nil},
		{`{"detail":12345678901234567890}`, `12345678901234567890`, `12345678901234567890`, nil},
		{`not JSON`, ``, ``, nil},
	} {
		d := apierrors.NewAPIError("op", response(400, ""), []byte(test.body)).Detail
		if string(d.Raw()) != test.raw || d.Text() != test.text || !reflect.DeepEqual(d.Fields(), test.fields) {
			t.Errorf("%s: raw %s, text %q, fields %v", test.body, d.Raw(), d.Text(), d.Fields())
		}
	}
}

func TestDetailDecodesIntoATypeOfTheCaller(t *testing.T) {
	t.Parallel()
	d := apierrors.NewAPIError("op", response(400, ""), []byte(`{"detail":{"missing":["a"]}}`)).Detail
	var into struct{ Missing []string }
	if err := d.Decode(&into); err != nil || len(into.Missing) != 1 {
		t.Errorf("%v, %v", into, err)
	}
	var number int
	if err := d.Decode(&number); err == nil {
		t.Error("an object was decoded into a number")
	}
	text := "kept"
	if err := (apierrors.Detail{}).Decode(&text); err != nil || text != "kept" {
		t.Errorf("absent: %q, %v", text, err)
	}
}

func TestZeroDetailMarshalsAsNull(t *testing.T) {
	t.Parallel()
	if encoded, err := json.Marshal(apierrors.Detail{}); err != nil || string(encoded) != "null" {
		t.Errorf("%s, %v", encoded, err)
	}
}
