package storetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"loramanager/internal/lora"
)

// made queues, runs and ends a generation with a picture of its own and returns it.
func (s *suite) made(n int, change func(job *lora.Job, params *lora.GenerationParams)) lora.Job {
	s.Helper()
	job := newJob("e", 5)
	params := lora.GenerationParams{Prompt: "a castle", Width: 512, Height: 768, Model: "base"}
	if change != nil {
		change(&job, &params)
	}
	var err error
	job.Params, err = json.Marshal(map[string]any{"generation_params": params})
	s.ok(err)
	job = s.add(job)
	running := s.runs(job, job.Engine)
	image := s.keep(job.ID, n)
	image.Infotext = "Steps: 20"
	ended, err := s.EndJob(s.ctx, job.ID, running.Token, lora.Ending{Status: lora.JobSucceeded, Result: []byte(`{"status":"completed"}`), Images: []lora.Image{image}})
	s.ok(err)
	return ended
}

func (s *suite) results(ask lora.ResultQuery) []lora.Job {
	s.Helper()
	if ask.Limit == 0 {
		ask.Limit = 200
	}
	jobs, next, err := s.Results(s.ctx, ask)
	s.ok(err)
	if next != "" {
		s.Errorf("there is another page: %s", next)
	}
	return jobs
}

// shows checks which results a question has, in order.
func (s *suite) shows(what string, ask lora.ResultQuery, want ...lora.Job) {
	s.Helper()
	got, ids := []string{}, []string{}
	for _, job := range s.results(ask) {
		got = append(got, job.ID)
	}
	for _, job := range want {
		ids = append(ids, job.ID)
	}
	if !slices.Equal(got, ids) {
		s.Errorf("%s: %v, want %v", what, got, ids)
	}
	stats, err := s.ResultStats(s.ctx, ask)
	s.ok(err)
	if stats.Results != len(want) {
		s.Errorf("%s: %d results are counted, want %d", what, stats.Results, len(want))
	}
}

var resultTests = []test{
	{"a result has its pictures and all that made it", func(s *suite) {
		made := s.made(0, nil)
		s.same("the result", s.job(made.ID), made)
		if made.Status != lora.JobSucceeded || made.Progress != 1 || made.FinishedAt == nil || string(made.Result) != `{"status":"completed"}` ||
			len(made.Images) != 1 || made.Images[0].Infotext != "Steps: 20" || made.Images[0].SizeBytes != 1000 || made.Images[0].Seed != nil {
			s.Errorf("made %+v", made)
		}
	}},
	{"the history is narrowed by what made a picture", func(s *suite) {
		adapter := s.fill(1)[0]
		base := s.adapter(adapter).BaseModel
		plain := s.made(0, nil)
		tagged := s.made(1, func(job *lora.Job, _ *lora.GenerationParams) {
			job.Tags, job.CompositionID, job.Prompt = []string{"Sea"}, "comp", "A Dragon, by the old-mill"
		})
		used := s.made(2, func(job *lora.Job, p *lora.GenerationParams) {
			job.Adapters, job.Engine, p.Model = []lora.Use{{AdapterID: adapter, Name: "Über Knight"}}, "f", "other"
		})
		for what, c := range map[string]struct {
			ask  lora.ResultQuery
			want []lora.Job
		}{
			"all":               {lora.ResultQuery{}, []lora.Job{used, tagged, plain}},
			"oldest first":      {lora.ResultQuery{Sort: lora.ResultsOldest}, []lora.Job{plain, tagged, used}},
			"adapter":           {lora.ResultQuery{AdapterID: adapter}, []lora.Job{used}},
			"no such adapter":   {lora.ResultQuery{AdapterID: "x"}, nil},
			"base model":        {lora.ResultQuery{BaseModel: base}, []lora.Job{used}},
			"engine":            {lora.ResultQuery{Engine: "e"}, []lora.Job{tagged, plain}},
			"engine and model":  {lora.ResultQuery{Engine: "f", Model: "other"}, []lora.Job{used}},
			"engine, not model": {lora.ResultQuery{Engine: "e", Model: "other"}, nil},
			"tag in any case":   {lora.ResultQuery{Tag: "sEA"}, []lora.Job{tagged}},
			"composition":       {lora.ResultQuery{Composition: "comp"}, []lora.Job{tagged}},
			"size":              {lora.ResultQuery{Width: 512, Height: 768}, []lora.Job{used, tagged, plain}},
			"another size":      {lora.ResultQuery{Width: 768}, nil},
			"a beginning":       {lora.ResultQuery{Text: "drag"}, []lora.Job{tagged}},
			"words":             {lora.ResultQuery{Text: " MILL, dragon"}, []lora.Job{tagged}},
			"an adapter's name": {lora.ResultQuery{Text: "über"}, []lora.Job{used}},
			"text and facet":    {lora.ResultQuery{Text: "castle", Engine: "e", Sort: lora.ResultsRating}, []lora.Job{tagged, plain}},
			"no words":          {lora.ResultQuery{Text: `"*'`}, nil},
			"a word that is no": {lora.ResultQuery{Text: "castles"}, nil},
			"from":              {lora.ResultQuery{From: tagged.CreatedAt}, []lora.Job{used, tagged}},
			"until":             {lora.ResultQuery{Until: used.CreatedAt}, []lora.Job{tagged, plain}},
			"failed ones":       {lora.ResultQuery{Statuses: []lora.JobStatus{lora.JobFailed}}, nil},
		} {
			s.shows(what, c.ask, c.want...)
		}
		facets, err := s.ResultFacets(s.ctx, lora.ResultQuery{})
		s.ok(err)
		s.same("the facets", facets, lora.ResultFacets{
			Engines:    []lora.ValueCount{{Value: "e", Count: 2}, {Value: "f", Count: 1}},
			Models:     []lora.ValueCount{{Value: "base", Count: 2}, {Value: "other", Count: 1}},
			Tags:       []lora.ValueCount{{Value: "sea", Count: 1}},
			BaseModels: []lora.ValueCount{{Value: base, Count: 1}},
		})
		facets, err = s.ResultFacets(s.ctx, lora.ResultQuery{Text: "dragon"})
		s.ok(err)
		s.same("the facets of a question", facets, lora.ResultFacets{
			Engines: []lora.ValueCount{{Value: "e", Count: 1}}, Models: []lora.ValueCount{{Value: "base", Count: 1}},
			Tags: []lora.ValueCount{{Value: "sea", Count: 1}}, BaseModels: []lora.ValueCount{},
		})
	}},
	{"pages of every order follow each other without gap or repetition", func(s *suite) {
		ids := []string{}
		for i := range 9 {
			job := s.made(i, nil)
			ids = append(ids, job.ID)
			if i%2 == 0 {
				_, err := s.RateResults(s.ctx, []string{job.ID}, ptr(i%4))
				s.ok(err)
			}
		}
		_, err := s.FavoriteResults(s.ctx, ids[3:6], true)
		s.ok(err)
		slices.Reverse(ids)
		for _, sort := range []lora.ResultSort{"", lora.ResultsNewest, lora.ResultsOldest, lora.ResultsRating, lora.ResultsFavorite, lora.ResultsLargest} {
			for _, engine := range []string{"", "e"} {
				all := s.results(lora.ResultQuery{Sort: sort, Engine: engine})
				ask, seen := lora.ResultQuery{Sort: sort, Engine: engine, Limit: 2}, []lora.Job{}
				for {
					page, next, err := s.Results(s.ctx, ask)
					s.ok(err)
					seen = append(seen, page...)
					if ask.After = next; next == "" || len(seen) > 9 {
						break
					}
				}
				s.same("the pages by "+string(sort), seen, all)
				if len(all) != 9 {
					s.Errorf("%d results by %q", len(all), sort)
				}
				page, _, err := s.Results(s.ctx, lora.ResultQuery{Sort: sort, Engine: engine, Limit: 2, Offset: 3})
				s.ok(err)
				s.same("the results from the fourth on", page, all[3:5])
			}
		}
		for _, after := range []string{"x", "1.2.3", "-", "1 ", "9999999999999999999999"} {
			_, _, err := s.Results(s.ctx, lora.ResultQuery{After: after})
			s.fails(err, lora.Invalid)
		}
		_, _, err = s.Results(s.ctx, lora.ResultQuery{Sort: lora.ResultsRating, After: "5"})
		s.fails(err, lora.Invalid)
		_, _, err = s.Results(s.ctx, lora.ResultQuery{Sort: "best"})
		s.fails(err, lora.Invalid)
	}},
	{"ratings, favourites and tags are set, found and taken back", func(s *suite) {
		a, b := s.made(0, nil), s.made(1, nil)
		both := []string{a.ID, b.ID, "unknown", a.ID}
		rate := func(ids []string, rating *int, changed int) {
			s.Helper()
			if n, err := s.RateResults(s.ctx, ids, rating); n != changed || err != nil {
				s.Errorf("%d changed: %v", n, err)
			}
		}
		rate(both, ptr(4), 2)
		rate([]string{b.ID}, ptr(2), 1)
		s.shows("3 and more", lora.ResultQuery{MinRating: 3}, a)
		s.shows("2 and more", lora.ResultQuery{MinRating: 2}, b, a)
		s.shows("by rating", lora.ResultQuery{Sort: lora.ResultsRating}, a, b)
		if stats, err := s.ResultStats(s.ctx, lora.ResultQuery{}); err != nil || *stats.AvgRating != 3 || stats.Images != 2 || stats.SizeBytes != 2001 {
			s.Errorf("stats %+v, %v", stats, err)
		}
		rate(both, nil, 2)
		s.shows("unrated", lora.ResultQuery{MinRating: 1})
		if j := s.job(a.ID); j.Rating != nil || j.RatedAt != nil {
			s.Errorf("the rating is still %v", *j.Rating)
		}
		_, err := s.RateResults(s.ctx, both, ptr(6))
		s.fails(err, lora.Invalid)
		n, err := s.FavoriteResults(s.ctx, []string{a.ID}, true)
		s.ok(err)
		s.shows("favourites", lora.ResultQuery{Favorite: ptr(true)}, a)
		s.shows("others", lora.ResultQuery{Favorite: ptr(false)}, b)
		s.shows("favourites first", lora.ResultQuery{Sort: lora.ResultsFavorite}, a, b)
		if j := s.job(a.ID); n != 1 || !j.Favorite || j.FavoritedAt == nil {
			s.Errorf("a favourite %+v", j)
		}
		_, err = s.TagResults(s.ctx, both, []string{" Sea ", "sky"}, nil, false)
		s.ok(err)
		_, err = s.TagResults(s.ctx, []string{a.ID}, []string{"land"}, []string{"SEA"}, false)
		s.ok(err)
		_, err = s.TagResults(s.ctx, []string{b.ID}, []string{"moon"}, nil, true)
		s.ok(err)
		if tags := s.job(a.ID).Tags; !slices.Equal(tags, []string{"sky", "land"}) {
			s.Errorf("tags %v", tags)
		}
		s.shows("sky", lora.ResultQuery{Tag: "sky"}, a)
		s.shows("moon", lora.ResultQuery{Tag: "moon"}, b)
		s.shows("sea", lora.ResultQuery{Tag: "sea"})
		_, err = s.TagResults(s.ctx, both, []string{strings.Repeat("x", 101)}, nil, false)
		s.fails(err, lora.Invalid)
	}},
	{"the trash takes results out of the history, gives them back and lets go of their pictures", func(s *suite) {
		a, b := s.made(0, nil), s.made(0, nil) // the same picture
		c := s.made(1, nil)
		waiting := s.add(newJob("e", 5))
		trash := func(n int, jobs ...lora.Job) {
			s.Helper()
			ids := []string{"unknown"}
			for _, job := range jobs {
				ids = append(ids, job.ID)
			}
			if changed, err := s.TrashResults(s.ctx, ids); changed != n || err != nil {
				s.Errorf("%d went to the trash: %v", changed, err)
			}
		}
		trash(2, a, c, waiting)
		trash(0, a, waiting)
		s.shows("the history", lora.ResultQuery{}, b)
		s.shows("the trash", lora.ResultQuery{Trashed: true}, c, a)
		s.shows("by engine", lora.ResultQuery{Engine: "e"}, b)
		if facets, err := s.ResultFacets(s.ctx, lora.ResultQuery{}); err != nil || facets.Engines[0].Count != 1 {
			s.Errorf("facets %+v, %v", facets, err)
		}
		if n, err := s.RestoreResults(s.ctx, []string{c.ID, b.ID}); n != 1 || err != nil {
			s.Errorf("%d came back: %v", n, err)
		}
		s.shows("restored", lora.ResultQuery{Engine: "e"}, c, b)
		trash(1, c)
		_, err := s.EmptyResultTrash(s.ctx, 1)
		s.fails(err, lora.Conflict)
		if n, err := s.PurgeTrashedResults(s.ctx, a.CreatedAt); n != 0 || err != nil {
			s.Errorf("%d were purged too early: %v", n, err)
		}
		if n, err := s.EmptyResultTrash(s.ctx, 2); n != 2 || err != nil {
			s.Errorf("%d were purged: %v", n, err)
		}
		_, err = s.Job(s.ctx, a.ID)
		s.fails(err, lora.NotFound)
		s.shows("words of the purged", lora.ResultQuery{Text: "castle"}, b)
		abandoned, err := s.AbandonedPictures(s.ctx, time.Now().Add(time.Hour), 10)
		s.ok(err)
		if !slices.Equal(abandoned, []string{Picture(1).SHA256}) {
			s.Errorf("abandoned %v", abandoned)
		}
	}},
	{"uses are counted for adapters when a generation succeeds", func(s *suite) {
		ids := s.fill(2)
		change, err := s.Change(s.ctx)
		s.ok(err)
		s.finds("used:never", ids...)
		s.made(0, func(job *lora.Job, _ *lora.GenerationParams) {
			job.Adapters = []lora.Use{{AdapterID: ids[0], Name: "a"}, {AdapterID: ids[0], Name: "a", Weight: 2}, {AdapterID: "gone", Name: "b"}, {Name: "c"}}
		})
		if a := s.adapter(ids[0]); a.UseCount != 1 || a.LastUsedAt == nil {
			s.Errorf("used %d times, last %v", a.UseCount, a.LastUsedAt)
		}
		s.finds("used:never", ids[1])
		if n, err := s.Change(s.ctx); err != nil || n <= change {
			s.Errorf("the change number went from %d to %d: %v", change, n, err)
		}
		failed := newJob("e", 5)
		failed.Adapters = []lora.Use{{AdapterID: ids[1], Name: "b"}}
		s.add(failed)
		running, _ := s.claimJob("e")
		s.end(running, lora.JobFailed)
		s.finds("used:never", ids[1])
	}},
	{"jobs are listed for the queue and the log", func(s *suite) {
		jobs := []lora.Job{}
		for i := range 5 {
			jobs = append(jobs, s.add(newJob(fmt.Sprint("e", i%2), i)))
		}
		running, _ := s.claimJob("e1")
		queue, err := s.QueueJobs(s.ctx)
		s.ok(err)
		got := []string{}
		for _, job := range queue {
			got = append(got, job.ID)
		}
		if want := []string{running.ID, jobs[4].ID, jobs[2].ID, jobs[1].ID, jobs[0].ID}; !slices.Equal(got, want) {
			s.Errorf("the queue is %v, want %v", got, want)
		}
		if load, err := s.JobLoad(s.ctx); err != nil || load["e0"] != 3 || load["e1"] != 2 {
			s.Errorf("the load is %v, %v", load, err)
		}
		s.end(running, lora.JobFailed)
		if state, err := s.QueueState(s.ctx); err != nil || state != (lora.QueueState{Pending: 4, Failed: 1}) {
			s.Errorf("the state is %+v, %v", state, err)
		}
		page, next, err := s.ListJobs(s.ctx, nil, lora.Generation, 3, "")
		s.ok(err)
		rest, last, err := s.ListJobs(s.ctx, nil, "", 3, next)
		s.ok(err)
		if len(page) != 3 || len(rest) != 2 || last != "" || page[0].ID != jobs[4].ID || rest[1].ID != jobs[0].ID {
			s.Errorf("%d and %d jobs, next %q", len(page), len(rest), last)
		}
		failed, _, err := s.ListJobs(s.ctx, []lora.JobStatus{lora.JobFailed, lora.JobCancelled}, "", 3, "")
		s.ok(err)
		if len(failed) != 1 || failed[0].ID != running.ID {
			s.Errorf("failed %v", failed)
		}
		active, err := s.ActiveJobs(s.ctx, 2)
		s.ok(err)
		if len(active) != 2 || active[0].ID != jobs[4].ID || active[1].ID != jobs[2].ID {
			s.Errorf("active %v", active)
		}
		_, _, err = s.ListJobs(s.ctx, nil, "", 3, "x")
		s.fails(err, lora.Invalid)
	}},
}
