package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// takes takes a lease and returns its token, 0 when another has it.
func (s *suite) takes(holder string, ttl time.Duration) int64 {
	s.Helper()
	token, held, err := s.TakeLease(s.ctx, "scanner", holder, ttl)
	s.ok(err)
	if held != (token > 0) {
		s.Errorf("token %d, held %v", token, held)
	}
	return token
}

// renews reports whether a lease could be renewed.
func (s *suite) renews(holder string, token int64) bool {
	s.Helper()
	held, err := s.RenewLease(s.ctx, "scanner", holder, token, time.Hour)
	s.ok(err)
	return held
}

var leaseTests = []test{
	{"a lease has one holder, and each holder a larger token", func(s *suite) {
		first := s.takes("a", time.Hour)
		if first != 1 || s.takes("b", time.Hour) != 0 || !s.renews("a", first) || s.renews("b", first) || s.renews("a", first+1) {
			s.Errorf("the first token is %d", first)
		}
		if holder, err := s.LeaseHolder(s.ctx, "scanner"); holder != "a" || err != nil {
			s.Errorf("%q holds it: %v", holder, err)
		}
		again := s.takes("a", -time.Hour) // the same name after a start; it ends at once
		if again != 2 || s.renews("a", first) || s.renews("a", again) {
			s.Errorf("the token after a start is %d, or a lease that is over was renewed", again)
		}
		if holder, err := s.LeaseHolder(s.ctx, "scanner"); holder != "" || err != nil {
			s.Errorf("%q holds what is over: %v", holder, err)
		}
		next := s.takes("b", time.Hour)
		s.ok(s.DropLease(s.ctx, "scanner", "a", again)) // too late
		if next != 3 || !s.renews("b", next) {
			s.Errorf("the token of another is %d", next)
		}
		s.ok(s.DropLease(s.ctx, "scanner", "b", next))
		if s.renews("b", next) || s.takes("c", time.Hour) != 4 {
			s.Error("a lease that was given back is held, or its tokens begin anew")
		}
	}},
	{"of many who ask for a lease at once one has it", func(s *suite) {
		s.takes("before", -time.Hour)
		var all sync.WaitGroup
		var held atomic.Int32
		for i := range 8 {
			all.Go(func() {
				_, got, err := s.TakeLease(s.ctx, "scanner", fmt.Sprint(i), time.Hour)
				if err != nil {
					s.Error(err)
				}
				if got {
					held.Add(1)
				}
			})
		}
		all.Wait()
		if n := held.Load(); n != 1 {
			s.Errorf("%d have it", n)
		}
	}},
}
