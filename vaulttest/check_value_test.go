package vaulttest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
)

// The contract does not have each of these types yet.
func TestCheckValue(t *testing.T) {
	type object struct {
		Required string `json:"required"`
	}
	type session struct {
		List     []object          `json:"list,omitempty"`
		Map      map[string]object `json:"map,omitempty"`
		Pointer  *object           `json:"pointer,omitempty"`
		Nullable *object           `json:"nullable,omitempty" nullable:"true"`
	}
	for body, want := range map[string]string{
		`{"list":[{"required":"a"}],"map":{"b":{"required":"a"}},"nullable":null}`: "<nil>",
		`{"list":[{"required":"a"},{}]}`:                                           "list[1].required: missing",
		`{"map":{"b":{}}}`:                                                         "map.b.required: missing",
		`{"pointer":{}}`:                                                           "pointer.required: missing",
		`{"pointer":null}`:                                                         "pointer: cannot be null",
		`{"nullable":{"required":null}}`:                                           "nullable.required: cannot be null",
		`{"pointer":{"required":"a","b":1,"more":2}}`:                              "pointer.b: unknown key",
	} {
		var v session
		var sent any
		json.Unmarshal([]byte(body), &v)
		json.Unmarshal([]byte(body), &sent)
		if got := fmt.Sprint(checkValue("", reflect.ValueOf(v), sent)); got != want {
			t.Errorf("%s: got %s, want %s", body, got, want)
		}
	}
}
