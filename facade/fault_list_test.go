package facade

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestEveryRowOfFAULTSHasATest(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile("FAULTS.md")
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	files, _ := filepath.Glob("*_test.go")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(text)
	}
	// "row 7", "rows 25, 26 and 28", {7, "a case", row = 7
	shown := map[string]bool{}
	for _, m := range regexp.MustCompile(`rows? [\d, and]+|(?:\{|row :?= |fakeFault\{)\d+`).FindAllString(source.String(), -1) {
		for _, n := range regexp.MustCompile(`\d+`).FindAllString(m, -1) {
			shown[n] = true
		}
	}
	row := 0
	for _, m := range regexp.MustCompile(`(?m)^\| (\d+) \|.*\| ([^|]+) \|$`).FindAllStringSubmatch(string(list), -1) {
		row++
		if m[1] != strconv.Itoa(row) {
			t.Fatalf("row %s where %d is expected", m[1], row)
		}
		if !shown[m[1]] {
			t.Errorf("no test names row %d", row)
		}
		for name := range strings.SplitSeq(m[2], ", ") {
			if !strings.Contains(source.String(), "func "+name+"(t *testing.T)") {
				t.Errorf("row %d: there is no %s", row, name)
			}
		}
	}
	if row != 72 {
		t.Errorf("%d rows", row)
	}
}
