package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/store"
)

// ResultTime is when the i-th job of the fixed sequence was accepted.
func ResultTime(i int) time.Time {
	return time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 37 * time.Second)
}

// often picks a number below n, small ones far more often: as people use a few adapters
// again and again.
func often(r *rand.Rand, n int) int {
	x := r.Float64()
	return int(x * x * x * float64(n))
}

// Generation returns the i-th of a fixed sequence of jobs, with two adapters and a prompt
// of a usual length.
func Generation(i int) lora.Job {
	r := rand.New(rand.NewPCG(uint64(i), 11)) //nolint:gosec // the same jobs every time
	pick := func(words []string) string { return words[r.IntN(len(words))] }
	words := []string{}
	for range 12 {
		words = append(words, pick(adjectives)+" "+pick(nouns)+", "+pick(tagWords), fmt.Sprint("word", often(r, 2000)))
	}
	negative := "blurry, lowres, bad anatomy, watermark"
	sizes := [][2]int{{512, 512}, {512, 768}, {1024, 1024}, {832, 1216}, {1024, 768}}
	size := sizes[often(r, len(sizes))]
	params := lora.GenerationParams{
		Prompt: strings.Join(words, ", "), NegativePrompt: &negative, Steps: 25, SamplerName: "DPM++ 2M", CFGScale: 7,
		Width: size[0], Height: size[1], Seed: r.Int64N(1 << 32), BatchSize: 1, NIter: 1, Model: fmt.Sprint("model-", often(r, 40)),
	}
	body, err := json.Marshal(map[string]any{"generation_params": params, "mode": "deferred", "backend": "auto"})
	if err != nil {
		panic(err) // they always marshal
	}
	job := lora.Job{
		Kind: lora.Generation, Mode: "auto", Engine: []string{"sdnext", "forge", "comfy"}[often(r, 3)], Prompt: params.Prompt, Params: body, Priority: 5, MaxAttempts: 3,
	}
	for range 2 {
		n := often(r, 1000)
		job.Adapters = append(job.Adapters, lora.Use{AdapterID: fmt.Sprint("adapter-", n), Name: fmt.Sprint(pick(nouns), " style ", n), Weight: 0.8})
	}
	if r.IntN(4) == 0 {
		job.Tags = []string{fmt.Sprint("tag-", often(r, 100))}
	}
	return job
}

// MakeResult adds the i-th job of the sequence and ends the next in the queue with a
// picture. A tenth are rated, a twentieth favourites.
func MakeResult(ctx context.Context, s *store.Store, i int) error {
	job := Generation(i)
	job.ID, job.CreatedAt = fmt.Sprint("job-", i), ResultTime(i)
	if _, _, err := s.AddJob(ctx, job); err != nil {
		return err
	}
	slots := map[string]int{"sdnext": 1000, "forge": 1000, "comfy": 1000}
	running, found, err := s.ClaimJob(ctx, lora.JobClaim{Worker: "fill", Slots: slots, Lease: time.Hour})
	if err != nil || !found {
		return fmt.Errorf("a job was claimed: %v, %w", found, err)
	}
	if _, err := fmt.Sscanf(running.ID, "job-%d", &i); err != nil {
		return err
	}
	image := Picture(i)
	var kept struct {
		Params lora.GenerationParams `json:"generation_params"`
	}
	if err := json.Unmarshal(running.Params, &kept); err != nil {
		return err
	}
	image.Width, image.Height = kept.Params.Width, kept.Params.Height
	if err := s.ReservePicture(ctx, running.ID, image); err != nil {
		return err
	}
	if err := s.KeptPicture(ctx, image.SHA256); err != nil {
		return err
	}
	if _, err := s.EndJob(ctx, running.ID, running.Token, lora.Ending{Status: lora.JobSucceeded, Images: []lora.Image{image}, Result: []byte(`{"status":"completed"}`)}); err != nil {
		return err
	}
	if rating := i / 10 % 6; i%10 == 0 {
		if _, err := s.RateResults(ctx, []string{running.ID}, &rating); err != nil {
			return err
		}
	}
	if i%20 == 1 {
		_, err = s.FavoriteResults(ctx, []string{running.ID}, true)
	}
	return err
}
