package main

import (
	"slices"
	"testing"
)

func TestMutations(t *testing.T) {
	t.Parallel()
	tests := []struct {
		body    string
		changed []string
	}{
		{"if a < b { c() }", []string{"if a <= b { c() }", "if a >= b { c() }", "if a < b {  }"}},
		{"if a && b { return }", []string{"if a || b { return }"}},
		{"if ok { return }", []string{"if !ok { return }"}},
		{"if !ok { return }", []string{"if ok { return }"}},
		{"i++", []string{"i--"}},
		{"a, b = 1, 2", []string{"_, _ = 1, 2"}},
		{"_ = f()", nil},
		{"a += 1", []string{""}},
		{"a := 1 + b", []string{"a := 1 - b"}},
		{`a := x + " b" + y`, nil},
		{"mu.Lock()", nil},
		{"switch a { case b: c := 1 }", []string{"switch a { case b: }"}},
		{"return true, err", []string{"return false, err", "return true, nil"}},
	}
	for _, test := range tests {
		t.Run(test.body, func(t *testing.T) {
			t.Parallel()
			const before, after = "package p\n\nfunc f() { ", " }\n"
			source := []byte(before + test.body + after)
			var changed []string
			for _, m := range mutations(source) {
				text := m.apply(source)
				changed = append(changed, string(text[len(before):len(text)-len(after)]))
			}
			if !slices.Equal(changed, test.changed) {
				t.Errorf("changed to %q, want %q", changed, test.changed)
			}
		})
	}
}
