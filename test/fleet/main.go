// Command fleet simulates, in virtual time, a fleet of clients that calls an
// API through an outage and its recovery, once for each retry policy. It prints
// a Markdown table and writes a picture.
//
// What the clients of a fleet share is the API alone: a client has a connection
// pool and a retry budget of its own, so a fleet grows by adding processes.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
)

func main() {
	picture := flag.String("svg", "", "write the picture to this file")
	flag.Parse()
	if err := run(*picture); err != nil {
		fmt.Fprintln(os.Stderr, "fleet:", err)
		os.Exit(1)
	}
}

func run(picture string) error {
	s := standard
	var results []result
	fmt.Printf("%d clients at %g calls/s, an outage of %g s, an API with room for %g attempts/s.\n\n", s.clients, s.callsPerSecond, s.up-s.down, s.capacity)
	fmt.Printf("| policy | load during the outage | highest load | time to recover | calls lost | answered after 5 s or more |\n| --- | ---: | ---: | ---: | ---: | ---: |\n")
	for _, p := range policies {
		r := s.simulate(p)
		results = append(results, r)
		fmt.Printf("| %s | %.2f× | %.1f× | %d s | %.1f %% | %.1f %% |\n", p.name, s.load(r),
			float64(slices.Max(r.perSecond))/(float64(s.clients)*s.callsPerSecond), s.recovery(r),
			100*float64(r.lost+r.pending)/float64(r.calls), 100*float64(r.slow)/float64(r.calls))
	}
	if picture == "" {
		return nil
	}
	file, err := os.Create(picture)
	if err != nil {
		return err
	}
	if err := plot(file, s, results); err != nil {
		return err
	}
	return file.Close()
}
