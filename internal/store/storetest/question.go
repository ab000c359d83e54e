package storetest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"loramanager/internal/lora"
)

// questionTests ask what users can put together in the history, and look at every job to
// know the answer.
var questionTests = []test{
	{"any filters in any order find just what looking at every job finds", func(s *suite) {
		r := rand.New(rand.NewPCG(3, 5)) //nolint:gosec // the same questions every time
		jobs := s.mixed(r, 90)
		for range 300 {
			s.asks(anyQuestion(r, jobs), jobs, r)
		}
	}},
	{"a picture that several results share counts once in their size", func(s *suite) {
		a, b := s.made(0, nil), s.made(0, nil)
		s.made(1, func(job *lora.Job, _ *lora.GenerationParams) { job.Engine = "f" })
		for range 2 { // once it was shared, and when it is not any more
			stats, err := s.ResultStats(s.ctx, lora.ResultQuery{Engine: "e"})
			s.ok(err)
			if stats.SizeBytes != 1000 {
				s.Errorf("%d bytes in %d pictures", stats.SizeBytes, stats.Images)
			}
			_, err = s.TrashResults(s.ctx, []string{b.ID})
			s.ok(err)
		}
		s.shows("what is left", lora.ResultQuery{Engine: "e"}, a)
	}},
}

// mixed makes jobs of every kind of end, with few values in common and many sizes.
func (s *suite) mixed(r *rand.Rand, n int) []lora.Job {
	s.Helper()
	jobs := []lora.Job{}
	ids := func(share int) []string {
		picked := []string{}
		for _, job := range jobs {
			if r.IntN(share) == 0 {
				picked = append(picked, job.ID)
			}
		}
		return picked
	}
	for i := range n {
		jobs = append(jobs, s.mixedJob(r, i))
	}
	for _, err := range []error{
		second(s.RateResults(s.ctx, ids(3), ptr(0))), second(s.RateResults(s.ctx, ids(3), ptr(4))), second(s.RateResults(s.ctx, ids(4), ptr(5))),
		second(s.RateResults(s.ctx, ids(6), nil)), second(s.FavoriteResults(s.ctx, ids(3), true)), second(s.FavoriteResults(s.ctx, ids(4), false)),
		second(s.TagResults(s.ctx, ids(3), []string{"Sky"}, []string{"sea"}, false)),
		second(s.TrashResults(s.ctx, ids(4))), second(s.RestoreResults(s.ctx, ids(3))),
	} {
		s.ok(err)
	}
	for i := range jobs {
		jobs[i] = s.job(jobs[i].ID)
	}
	return jobs
}

func second(_ int, err error) error { return err }

// mixedJob adds a job and brings it to one of the ends, or to none.
func (s *suite) mixedJob(r *rand.Rand, i int) lora.Job {
	s.Helper()
	pick := func(values ...string) string { return values[r.IntN(len(values))] }
	job := newJob(pick("e", "f"), 5)
	params := lora.GenerationParams{Prompt: pick("castle", "cat", "dragon") + " " + pick("red", "blue"), Width: 512, Height: 512, Model: pick("m1", "m2", "")}
	var err error
	job.Params, err = json.Marshal(map[string]any{"generation_params": params})
	s.ok(err)
	job.Prompt = params.Prompt
	job.Adapters = []lora.Use{{AdapterID: pick("a1", "a2"), Name: pick("Knight", "Dragonfly")}}
	job.CreatedAt = time.Date(2026, 1, 1, 0, 0, i/3, i%3*1000, time.UTC) // some within one millisecond
	if r.IntN(2) == 0 {
		job.Tags = []string{pick("sea", "moon")}
	}
	job = s.add(job)
	end := r.IntN(10)
	if end == 0 {
		return job // it waits
	}
	if end == 1 {
		_, err := s.CancelJob(s.ctx, job.ID)
		s.ok(err)
		return job
	}
	// Those that wait have the lower priority from now on.
	_, err = s.MoveJob(s.ctx, job.ID, 9, "")
	s.ok(err)
	running := s.runs(job, job.Engine)
	ending := lora.Ending{Status: lora.JobSucceeded}
	if end == 2 {
		ending.Status = lora.JobFailed
	} else {
		image := Picture(i - i%8/7) // every eighth job has the picture of the one before
		image.Width, image.Height = 64*(1+i-i%8/7), 64
		s.ok(s.ReservePicture(s.ctx, job.ID, image))
		s.ok(s.KeptPicture(s.ctx, image.SHA256))
		ending.Images = []lora.Image{image}
	}
	_, err = s.EndJob(s.ctx, job.ID, running.Token, ending)
	s.ok(err)
	return job
}

// anyQuestion narrows by a few things at once.
func anyQuestion(r *rand.Rand, jobs []lora.Job) lora.ResultQuery {
	ask := lora.ResultQuery{Limit: 1 + r.IntN(30), Sort: []lora.ResultSort{"", lora.ResultsOldest, lora.ResultsRating, lora.ResultsFavorite, lora.ResultsLargest}[r.IntN(5)]}
	narrow := []func(){
		func() { ask.Text = []string{"dragon", "ca", "red castle", "knight", "dragonfly blue"}[r.IntN(5)] },
		func() { ask.AdapterID = "a1" },
		func() { ask.Engine = []string{"e", "f"}[r.IntN(2)] },
		func() { ask.Model = []string{"m1", "m2"}[r.IntN(2)] },
		func() { ask.Tag = []string{"sea", "sky", "moon"}[r.IntN(3)] },
		func() { ask.MinRating = 1 + r.IntN(5) },
		func() { ask.Favorite = ptr(r.IntN(2) == 0) },
		func() { ask.Height = 64 },
		func() { ask.From = jobs[r.IntN(len(jobs))].CreatedAt },
		func() { ask.Until = jobs[r.IntN(len(jobs))].CreatedAt },
		func() { ask.Trashed = true },
		func() {
			for _, status := range []lora.JobStatus{lora.JobSucceeded, lora.JobFailed, lora.JobCancelled, lora.JobPending} {
				if r.IntN(3) == 0 {
					ask.Statuses = append(ask.Statuses, status)
				}
			}
		},
	}
	for range r.IntN(4) {
		narrow[r.IntN(len(narrow))]()
	}
	return ask
}

// asks compares pages, an offset and the figures with what looking at every job finds.
func (s *suite) asks(ask lora.ResultQuery, jobs []lora.Job, r *rand.Rand) {
	s.Helper()
	want := answer(ask, jobs)
	got := []string{}
	page := ask
	for {
		found, next, err := s.Results(s.ctx, page)
		s.ok(err)
		got = append(got, jobIDs(found)...)
		if page.After = next; next == "" || len(got) > len(jobs) {
			break
		}
	}
	question, err := json.Marshal(ask)
	s.ok(err)
	if !slices.Equal(got, jobIDs(want)) {
		s.Errorf("%s\nfound  %v\nwanted %v", question, got, jobIDs(want))
	}
	page.After, page.Offset = "", r.IntN(len(want)+2)
	found, _, err := s.Results(s.ctx, page)
	s.ok(err)
	if rest := want[min(page.Offset, len(want)):]; !slices.Equal(jobIDs(found), jobIDs(rest[:min(len(rest), ask.Limit)])) {
		s.Errorf("%s\nfrom %d on: %v", question, page.Offset, jobIDs(found))
	}
	if len(ask.Statuses) == 0 && !ask.Trashed {
		stats, err := s.ResultStats(s.ctx, ask)
		s.ok(err)
		s.same("the figures of "+string(question), stats, figures(want, jobs, ask))
	}
}

func jobIDs(jobs []lora.Job) []string {
	ids := make([]string, len(jobs))
	for i := range jobs {
		ids[i] = jobs[i].ID
	}
	return ids
}

// answer looks at every job, which are in the order they were accepted.
func answer(ask lora.ResultQuery, jobs []lora.Job) []lora.Job {
	found := []lora.Job{}
	for i := range jobs {
		if matches(ask, &jobs[i]) {
			found = append(found, jobs[i])
		}
	}
	if ask.Sort != lora.ResultsOldest {
		slices.Reverse(found)
	}
	slices.SortStableFunc(found, func(a, b lora.Job) int { return -cmp.Compare(rankOf(ask.Sort, &a), rankOf(ask.Sort, &b)) })
	return found
}

func rankOf(sort lora.ResultSort, job *lora.Job) int {
	switch {
	case sort == lora.ResultsRating && job.Rating != nil:
		return 1 + *job.Rating
	case sort == lora.ResultsFavorite && job.Favorite:
		return 1
	case sort == lora.ResultsLargest && len(job.Images) > 0:
		return job.Images[0].Width * job.Images[0].Height
	}
	return 0
}

func matches(ask lora.ResultQuery, job *lora.Job) bool {
	statuses := ask.Statuses
	if len(statuses) == 0 && !ask.Trashed {
		statuses = []lora.JobStatus{lora.JobSucceeded}
	}
	params := struct {
		Generation lora.GenerationParams `json:"generation_params"`
	}{}
	_ = json.Unmarshal(job.Params, &params)
	height := params.Generation.Height
	if len(job.Images) > 0 {
		height = job.Images[0].Height
	}
	words := strings.Fields(strings.ToLower(job.Prompt + " " + job.Adapters[0].Name))
	for _, asked := range strings.Fields(ask.Text) {
		if !slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, asked) }) {
			return false
		}
	}
	found := ask.Text != "" || ask.AdapterID+ask.Engine+ask.Model+ask.Tag != "" || ask.MinRating > 0 || ask.Favorite != nil || ask.Height > 0
	switch {
	case (job.TrashedAt != nil) != ask.Trashed, len(statuses) > 0 && !slices.Contains(statuses, job.Status),
		found && !job.Status.Final(), // only jobs that have ended are found by what they are
		ask.AdapterID != "" && job.Adapters[0].AdapterID != ask.AdapterID, ask.Engine != "" && job.Engine != ask.Engine,
		ask.Model != "" && params.Generation.Model != ask.Model,
		ask.Tag != "" && !slices.ContainsFunc(job.Tags, func(tag string) bool { return strings.EqualFold(tag, ask.Tag) }),
		ask.MinRating > 0 && (job.Rating == nil || *job.Rating < ask.MinRating), ask.Favorite != nil && job.Favorite != *ask.Favorite,
		ask.Height > 0 && height != ask.Height,
		!ask.From.IsZero() && job.CreatedAt.Before(ask.From), !ask.Until.IsZero() && !job.CreatedAt.Before(ask.Until):
		return false
	}
	return true
}

// figures adds up results; of all of the history, the pictures of the trash count too.
func figures(results, all []lora.Job, ask lora.ResultQuery) lora.ResultStats {
	stats := lora.ResultStats{Results: len(results)}
	rated, total := 0, 0
	for i := range results {
		if results[i].Favorite {
			stats.Favorites++
		}
		if results[i].Rating != nil {
			rated, total = rated+1, total+*results[i].Rating
		}
	}
	if rated > 0 {
		stats.AvgRating = ptr(float64(total) / float64(rated))
	}
	ask.Limit, ask.Sort, ask.Account = 0, "", 0
	if fmt.Sprint(ask) == fmt.Sprint(lora.ResultQuery{}) {
		results = all
	}
	sizes := make(map[string]int)
	for i := range results {
		for _, image := range results[i].Images {
			stats.Images++
			sizes[image.SHA256] = image.SizeBytes
		}
	}
	for _, size := range sizes {
		stats.SizeBytes += size
	}
	return stats
}
