package storetest

import (
	"math/rand/v2"

	"loramanager/internal/lora"
)

var resultMarkTests = []test{
	{"each account asks the history with its own favourites and ratings", func(s *suite) {
		r := rand.New(rand.NewPCG(8, 5)) //nolint:gosec // the same questions every time
		jobs := s.mixed(r, 90)
		ada, bob := s.person("ada", lora.Administrator), s.person("bob", lora.Viewer)
		seen := map[int64][]lora.Job{0: jobs, bob.Key: s.marks(r, bob.Key, jobs), ada.Key: s.marks(r, ada.Key, jobs)}
		for range 300 {
			for account, jobs := range seen {
				ask := anyQuestion(r, jobs)
				ask.Account = account
				s.asks(ask, jobs, r)
			}
			if s.Failed() {
				return
			}
		}
	}},
	{"an account's marks of results are shown to it alone, and go with it", func(s *suite) {
		ada, bob := s.person("ada", lora.Administrator), s.person("bob", lora.Viewer)
		job := s.made(0, nil)
		s.ok(second(s.RateResults(s.ctx, []string{job.ID}, ptr(2))))
		changed, err := s.RateResultsFor(s.ctx, bob.Key, []string{job.ID, "unknown"}, ptr(5))
		s.ok(err)
		again, err := s.RateResultsFor(s.ctx, bob.Key, []string{job.ID}, ptr(5))
		s.ok(err)
		if changed != 1 || again != 0 {
			s.Errorf("%d, then %d changed", changed, again)
		}
		s.ok(second(s.FavoriteResultsFor(s.ctx, bob.Key, []string{job.ID}, true)))
		s.stars(0, job.ID, ptr(2))
		s.stars(ada.Key, job.ID, ptr(2))
		s.stars(bob.Key, job.ID, ptr(5))
		s.ok(second(s.RateResultsFor(s.ctx, bob.Key, []string{job.ID}, nil)))
		s.stars(bob.Key, job.ID, nil)
		_, err = s.RateResultsFor(s.ctx, bob.Key, []string{job.ID}, ptr(6))
		s.fails(err, lora.Invalid)
		_, _, err = s.RemoveAccount(s.ctx, bob.ID)
		s.ok(err)
		s.stars(bob.Key, job.ID, ptr(2))
		_, err = s.FavoriteResultsFor(s.ctx, bob.Key, []string{job.ID}, true)
		s.fails(err, lora.NotFound)
	}},
}

// stars checks how an account sees a result rated, alone and in the list.
func (s *suite) stars(account int64, id string, want *int) {
	s.Helper()
	shown := []lora.Job{s.job(id)}
	s.ok(s.ShowResultMarks(s.ctx, account, shown))
	listed, _, err := s.Results(s.ctx, lora.ResultQuery{Account: account, Limit: 1})
	s.ok(err)
	s.same("the rating", []*int{shown[0].Rating, listed[0].Rating}, []*int{want, want})
	if shown[0].Favorite != listed[0].Favorite || (shown[0].FavoritedAt != nil) != shown[0].Favorite {
		s.Errorf("a favourite: %v, in the list %v, since %v", shown[0].Favorite, listed[0].Favorite, shown[0].FavoritedAt)
	}
}

// marks lets an account rate results at random and returns the jobs as it sees them.
func (s *suite) marks(r *rand.Rand, account int64, jobs []lora.Job) []lora.Job {
	s.Helper()
	seen := append([]lora.Job(nil), jobs...)
	for _, rating := range []*int{nil, ptr(0), ptr(3), ptr(5)} {
		some := someOf(r, jobs)
		s.ok(second(s.RateResultsFor(s.ctx, account, jobIDs(some), rating)))
		each(seen, some, func(job *lora.Job) { job.Rating = rating })
	}
	for _, favorite := range []bool{true, false} {
		some := someOf(r, jobs)
		s.ok(second(s.FavoriteResultsFor(s.ctx, account, jobIDs(some), favorite)))
		each(seen, some, func(job *lora.Job) { job.Favorite = favorite })
	}
	return seen
}

func someOf(r *rand.Rand, jobs []lora.Job) []lora.Job {
	some := []lora.Job{}
	for _, job := range jobs {
		if r.IntN(5) == 0 {
			some = append(some, job)
		}
	}
	return some
}

// each changes those jobs that have ended and are among some.
func each(jobs, some []lora.Job, change func(job *lora.Job)) {
	ids := make(map[string]bool, len(some))
	for _, id := range jobIDs(some) {
		ids[id] = true
	}
	for i := range jobs {
		if ids[jobs[i].ID] && jobs[i].Status.Final() {
			change(&jobs[i])
		}
	}
}
