package main

import (
	"slices"
	"strings"
	"testing"
)

func TestSummarize(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		events  string
		output  string
		skipped []string
	}{
		{
			name: "a package that passes has one line",
			events: `{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:1: a log\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"-test.shuffle 7\n"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p"}
`,
			output: "ok  \tp\t0.1s\n",
		},
		{
			name: "a failed test has its output and that of failed subtests",
			events: `{"Action":"output","Package":"p","Test":"TestA/a","Output":"    --- PASS: TestA/a\n"}
{"Action":"pass","Package":"p","Test":"TestA/a"}
{"Action":"output","Package":"p","Test":"TestA","Output":"--- FAIL: TestA\n"}
{"Action":"output","Package":"p","Test":"TestA/b","Output":"    --- FAIL: TestA/b\n"}
{"Action":"fail","Package":"p","Test":"TestA/b"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p"}
`,
			output: "    --- FAIL: TestA/b\n--- FAIL: TestA\nFAIL\tp\t0.1s\n",
		},
		{
			name: "a test that crashed has its output",
			events: `{"Action":"output","Package":"p","Test":"TestA","Output":"panic: test timed out\n"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p"}
`,
			output: "panic: test timed out\nFAIL\tp\t0.1s\n",
		},
		{
			name: "a package that does not build has the compiler's output",
			events: `{"ImportPath":"p","Action":"build-output","Output":"a.go:1:1: undefined: b\n"}
{"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}
{"Action":"fail","Package":"p","FailedBuild":"p"}
`,
			output: "a.go:1:1: undefined: b\nFAIL\tp [build failed]\n",
		},
		{
			name: "skipped tests are counted by reason",
			events: `{"Action":"output","Package":"m/p","Test":"TestA/b","Output":"    a_test.go:1: no IPv6: no route\n"}
{"Action":"output","Package":"m/p","Test":"TestA/b","Output":"    --- SKIP: TestA/b (0.00s)\n"}
{"Action":"skip","Package":"m/p","Test":"TestA/b"}
{"Action":"pass","Package":"m/p","Test":"TestA"}
{"Action":"output","Package":"m/p","Test":"TestC","Output":"    c_test.go:2: no IPv6: no route\n"}
{"Action":"skip","Package":"m/p","Test":"TestC"}
{"Action":"output","Package":"m/p","Test":"TestD","Output":"    d_test.go:3: no node\n"}
{"Action":"skip","Package":"m/p","Test":"TestD"}
{"Action":"output","Package":"m/p","Output":"ok  \tm/p\t0.1s\n"}
{"Action":"pass","Package":"m/p"}
`,
			output:  "ok  \tm/p\t0.1s\n",
			skipped: []string{"1 test of p (no node)", "2 tests of p (no IPv6: no route)"},
		},
		{
			name:   "what is not JSON is printed",
			events: "go: downloading a module\n",
			output: "go: downloading a module\n",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var output strings.Builder
			skipped := summarize(strings.NewReader(test.events), &output)
			if output.String() != test.output {
				t.Errorf("output %q, want %q", output.String(), test.output)
			}
			if !slices.Equal(skipped, test.skipped) {
				t.Errorf("skipped %q, want %q", skipped, test.skipped)
			}
		})
	}
}
