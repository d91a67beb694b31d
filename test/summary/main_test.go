package main

import (
	"slices"
	"strings"
	"testing"
)

func TestSummarize(t *testing.T) {
	t.Parallel()
	const events = `text that is not JSON
{"Action":"output","Package":"m/a","Output":"-test.shuffle 7\n"}
{"Action":"output","Package":"m/a","Test":"TestPass","Output":"=== RUN   TestPass\n"}
{"Action":"output","Package":"m/a","Test":"TestPass","Output":"    a_test.go:1: a log\n"}
{"Action":"pass","Package":"m/a","Test":"TestPass"}
{"Action":"output","Package":"m/a","Test":"TestSkip","Output":"    a_test.go:2: no IPv6: no route\n"}
{"Action":"skip","Package":"m/a","Test":"TestSkip"}
{"Action":"output","Package":"m/a","Test":"TestSkipToo","Output":"    a_test.go:3: no IPv6: no route\n"}
{"Action":"skip","Package":"m/a","Test":"TestSkipToo"}
{"Action":"output","Package":"m/a","Output":"ok  \tm/a\t0.1s\n"}
{"Action":"pass","Package":"m/a"}
{"Action":"output","Package":"m/b","Test":"TestFail/a","Output":"    --- PASS: TestFail/a\n"}
{"Action":"pass","Package":"m/b","Test":"TestFail/a"}
{"Action":"output","Package":"m/b","Test":"TestFail/b","Output":"    --- FAIL: TestFail/b\n"}
{"Action":"fail","Package":"m/b","Test":"TestFail/b"}
{"Action":"output","Package":"m/b","Test":"TestFail","Output":"--- FAIL: TestFail\n"}
{"Action":"fail","Package":"m/b","Test":"TestFail"}
{"Action":"output","Package":"m/b","Test":"TestCrash","Output":"panic: test timed out\n"}
{"Action":"output","Package":"m/b","Output":"FAIL\tm/b\t0.1s\n"}
{"Action":"fail","Package":"m/b"}
{"Action":"build-output","ImportPath":"m/c","Output":"c.go:1:1: undefined: d\n"}
{"Action":"output","Package":"m/c","Output":"FAIL\tm/c [build failed]\n"}
{"Action":"fail","Package":"m/c","FailedBuild":"m/c"}
`
	const want = `text that is not JSON
ok  	m/a	0.1s
    --- FAIL: TestFail/b
--- FAIL: TestFail
panic: test timed out
FAIL	m/b	0.1s
c.go:1:1: undefined: d
FAIL	m/c [build failed]
`
	var output strings.Builder
	skipped := summarize(strings.NewReader(events), &output)
	if output.String() != want {
		t.Errorf("got %s, want %s", output.String(), want)
	}
	if !slices.Equal(skipped, []string{"tests of a (no IPv6: no route)"}) {
		t.Errorf("skipped %q", skipped)
	}
}
