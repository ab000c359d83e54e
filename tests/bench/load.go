package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// The load one server is to carry: requests come at this rate, whether earlier ones were
// answered or not, as those of many people do.
const (
	loadRate    = 3000 // requests per second
	loadFor     = 20 * time.Second
	loadWarmUp  = 3 * time.Second
	loadLimit   = 50 * time.Millisecond
	loadClients = 64 // connections
)

// measureLoad has many people list and search the largest library at once.
func measureLoad(ctx context.Context, o *options) ([]figure, error) {
	return onLargest(ctx, o, func(data string) (figures []figure, err error) {
		s, err := startServer(ctx, o, data, "--no-digests")
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, s.stop()) }()
		a := &asker{server: s, rng: rand.New(rand.NewPCG(seed, 3))} //nolint:gosec // must be repeatable
		if err := a.learn(ctx); err != nil {
			return nil, err
		}
		paths := a.visit()
		if _, err := a.attack(ctx, paths, loadRate/4, loadWarmUp); err != nil { // sort orders are worked out once
			return nil, err
		}
		before, err := s.cpu()
		if err != nil {
			return nil, err
		}
		begun := time.Now()
		t, err := a.attack(ctx, paths, loadRate, loadFor)
		if err != nil {
			return nil, err
		}
		took := time.Since(begun)
		after, err := s.cpu()
		if err != nil {
			return nil, err
		}
		rate := float64(len(t)) / took.Seconds()
		m, err := s.memory()
		return []figure{
			{name: "list and search by many at once, answered", target: fmt.Sprintf(">= %d/s", loadRate),
				measured: fmt.Sprintf("%.0f/s for %s, %.2f processors", rate, loadFor, (after-before).Seconds()/took.Seconds()), met: rate >= 0.99*loadRate},
			atMost("the same, from the moment each was due", loadLimit, t.quantile(0.99), fmt.Sprintf("p99 %s, %s", show(t.quantile(0.99)), t)),
			{name: "memory under that load", measured: fmt.Sprintf("%d MB (peak %d MB)", m.now>>20, m.peak>>20)},
		}, err
	})
}

// visit are requests as pages of the library make them: the first pages in several orders,
// later pages, and searches as they are typed.
func (a *asker) visit() []string {
	const perPage, different = 50, 4096
	sorts := []string{"name", "created_at", "updated_at", "file_size"}
	paths := make([]string, different)
	for i := range paths {
		switch i % 4 {
		case 0:
			paths[i] = fmt.Sprintf("/api/v1/adapters?per_page=%d&sort=%s", perPage, a.pick(sorts))
		case 1:
			paths[i] = fmt.Sprintf("/api/v1/adapters?per_page=%d&page=%d&sort=%s", perPage, 1+a.rng.IntN(max(1, a.total/perPage)), a.pick(sorts))
		default:
			paths[i] = fmt.Sprintf("/api/v1/adapters?per_page=%d&sort=relevance&q=%s", perPage, url.QueryEscape(a.query(i/4)))
		}
	}
	return paths
}

// attack sends requests at a rate for some time. The time of each counts from when it was
// due, so that a server that stalls is not spared what waited meanwhile.
func (a *asker) attack(ctx context.Context, paths []string, rate int, lasts time.Duration) (times, error) {
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: loadClients, MaxConnsPerHost: loadClients, DisableCompression: true}}
	defer client.CloseIdleConnections()
	total := int(lasts.Seconds() * float64(rate))
	took, begun := make(times, total), time.Now()
	var senders sync.WaitGroup
	failed := make(chan error, loadClients)
	for first := range loadClients {
		senders.Go(func() {
			for i := first; i < total; i += loadClients {
				due := begun.Add(time.Duration(i) * time.Second / time.Duration(rate))
				if err := pause(ctx, time.Until(due)); err != nil {
					failed <- err
					return
				}
				if err := fetch(ctx, client, a.base+paths[i%len(paths)]); err != nil {
					failed <- err
					return
				}
				took[i] = time.Since(due)
			}
		})
	}
	senders.Wait()
	close(failed)
	return took, <-failed
}

// fetch reads one answer to its end.
func fetch(ctx context.Context, client *http.Client, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", address, answer.Status)
	}
	return err
}
