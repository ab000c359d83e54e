package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAPingTellsWhetherTheServerIsReady(t *testing.T) {
	t.Parallel()
	r := start(t, ownFolder(t))
	defer r.halt()
	unready := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer unready.Close()
	for _, c := range []struct {
		name, listen string
		code         int
	}{
		{"a ready one", strings.TrimPrefix(r.address, "http://"), exitOK},
		{"one that is not", unready.Listener.Addr().String(), exitProblem},
		{"nobody", closedPort(t), exitProblem},
	} {
		for _, args := range [][]string{{"ping"}, {"ping", "--live"}} {
			if code, out, errs := command(t, nil, append(args, "--listen="+c.listen)...); code != c.code {
				t.Errorf("%s, %v: exit code %d, want %d: %s %s", c.name, args, code, c.code, out, errs)
			}
		}
	}
}
