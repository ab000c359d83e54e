package httpapi

import (
	"context"
	"math"
	"net/http"

	"loramanager/internal/lora"
	"loramanager/internal/recommend"
)

type forceInput struct {
	Force bool `query:"force" doc:"Also when there is an index"`
}

type loraInput struct {
	LoraID string `path:"lora_id"`
}

type computeOneInput struct {
	LoraID string `path:"lora_id"`
	Force  bool   `query:"force_recompute"`
}

func (s *Server) routeRecommendIndex() {
	const tag = tagRecommend
	route(s, http.MethodGet, "/recommendations/stats", "readRecommendStats", tag, "Figures about the recommendations", s.readRecommendStats)
	route(s, http.MethodGet, "/recommendations/health", "readRecommendHealth", tag, "Whether recommending works", s.readRecommendHealth)
	route(s, http.MethodPost, "/recommendations/embeddings/compute", "computeEmbeddings", tag, "Make the vectors of some adapters", s.computeEmbeddings)
	route(s, http.MethodGet, "/recommendations/embeddings/{lora_id}", "readEmbedding", tag, "Which vectors an adapter has", s.readEmbedding)
	route(s, http.MethodPost, "/recommendations/embeddings/{lora_id}/compute", "computeEmbedding", tag, "Make the vectors of one adapter", s.computeEmbedding)
	route(s, http.MethodPost, "/recommendations/index/rebuild", "rebuildRecommendIndex", tag, "Build the index anew", s.rebuildRecommendIndex,
		describe("It follows every change by itself; this is for those who want to be sure."))
	route(s, http.MethodGet, "/recommendations/weights", "readRecommendWeights", tag, "How much each signal counts", s.readRecommendWeights)
	route(s, http.MethodPut, "/recommendations/weights", "setRecommendWeights", tag, "Set how much each signal counts", s.setRecommendWeights)
}

func (s *Server) readRecommendStats(ctx context.Context, _ *none) (*reply[RecommendStats], error) {
	figures, err := s.recommend.Stats(ctx)
	if err != nil {
		return nil, err
	}
	weights, err := s.recommend.Weights(ctx)
	health := s.recommend.Health()
	body := RecommendStats{
		TotalLoras: figures.Adapters, LorasWithVectors: figures.WithVectors, EmbeddingCoverage: coverage(figures.WithVectors, figures.Adapters),
		AverageMS: milliseconds(figures.MeanTook), CacheHitRate: figures.CacheHitRate, Sessions: figures.Sessions, Preferences: figures.Preferences,
		Feedback: figures.Feedback, MemoryGB: gigabytes(figures.IndexBytes),
		Embedder: health.Embedder, Weights: weights, Index: RecommendIndex{Adapters: health.Adapters, Change: health.Change},
	}
	if !figures.IndexedAt.IsZero() {
		body.LastIndexUpdate = &figures.IndexedAt
	}
	return answer(body, err)
}

// coverage is the share of adapters with a vector; the contract's could exceed 1.
func coverage(vectors, adapters int) float64 {
	if adapters == 0 {
		return 0
	}
	return math.Round(10000*float64(vectors)/float64(adapters)) / 10000
}

func gigabytes(bytes int64) float64 { return math.Round(float64(bytes)/1e6) / 1000 }

// What the contract calls acceptable.
const (
	enoughCoverage = 0.5
	slowAnswerMS   = 5000
	maxIndexGB     = 7.5
)

// readRecommendHealth always answers 200, as the contract does.
func (s *Server) readRecommendHealth(ctx context.Context, _ *none) (*reply[RecommendHealth], error) {
	state := s.recommend.Health()
	body := RecommendHealth{Status: "healthy", Timestamp: s.now().UTC(), Embedder: state.Embedder, Metrics: RecommendMetrics{
		Coverage: coverage(state.WithVectors, state.Adapters), AverageMS: milliseconds(state.MeanTook), MemoryGB: gigabytes(state.Bytes),
		TotalLoras: state.Adapters, LorasWithVectors: state.WithVectors,
	}}
	var err error
	body.Weights, err = s.recommend.Weights(ctx)
	body.Checks = RecommendChecks{
		ModelsLoaded: state.State == "ready" && state.Embedder.State != "failing",
		Coverage:     state.Adapters == 0 || body.Metrics.Coverage > enoughCoverage,
		Performance:  body.Metrics.AverageMS < slowAnswerMS,
		Memory:       body.Metrics.MemoryGB < maxIndexGB,
	}
	switch {
	case err != nil:
		body.Status, body.Error = "unhealthy", problemOf(ctx, err).Detail
	case state.State == "failing":
		body.Status, body.Error = "unhealthy", state.Error
	case body.Checks != RecommendChecks{ModelsLoaded: true, Coverage: true, Performance: true, Memory: true}:
		body.Status = "degraded"
	}
	return answer(body, nil)
}

func (s *Server) computeEmbeddings(ctx context.Context, in *struct{ Body ComputeRequest }) (*reply[ComputeReply], error) {
	b := &in.Body
	report, err := s.recommend.ComputeEmbeddings(ctx, b.AdapterIDs, bool(b.All.or(false)), bool(b.Force.or(false)))
	return answer(ComputeReply{
		Processed: report.Processed, Skipped: report.Skipped, Failed: len(report.Errors), Seconds: report.Took.Seconds(),
		Errors: list(report.Errors), CompletedAt: report.At,
	}, err)
}

func (s *Server) readEmbedding(ctx context.Context, in *loraInput) (*reply[EmbeddingReply], error) {
	if in.LoraID == computeWord {
		return nil, newProblem(ctx, http.StatusMethodNotAllowed, lora.Invalid, "This path takes POST, not GET.")
	}
	found, err := s.recommend.EmbeddingStatus(ctx, in.LoraID)
	return answer(EmbeddingReply{
		AdapterID: in.LoraID, HasSemantic: found.Semantic, HasArtistic: found.Artistic, HasTechnical: found.Technical, HasFeatures: found.Features,
		LastComputed: found.ComputedAt, Needs: found.NeedsCompute,
	}, err)
}

// computeWord stands where ids do in the path of the order to make many vectors.
const computeWord = "compute"

func (s *Server) computeEmbedding(ctx context.Context, in *computeOneInput) (*reply[ComputedOne], error) {
	if _, err := s.store.Adapter(ctx, in.LoraID); err != nil {
		if lora.CodeOf(err) == lora.NotFound {
			err = lora.Errorf(lora.NotFound, "Adapter %s not found", short(in.LoraID))
		}
		return nil, err
	}
	report, err := s.recommend.ComputeEmbeddings(ctx, []string{in.LoraID}, false, in.Force)
	if err == nil && len(report.Errors) > 0 {
		err = lora.Errorf(lora.Unavailable, "Embedding computation failed: %s", report.Errors[0].Error)
	}
	return answer(ComputedOne{Status: "success", Message: "Embeddings computed for " + in.LoraID}, err)
}

func (s *Server) rebuildRecommendIndex(ctx context.Context, in *forceInput) (*reply[RebuildReply], error) {
	report, err := s.recommend.Rebuild(ctx, in.Force)
	body := RebuildReply{
		Status: report.Status, Items: report.Items, Path: "memory", SizeBytes: int(report.Bytes), Seconds: report.Took.Seconds(), RebuiltAt: report.At,
	}
	if report.Status == "skipped" {
		reason := "existing_index"
		body.Skipped, body.SkippedReason = true, &reason
	}
	return answer(body, err)
}

func (s *Server) readRecommendWeights(ctx context.Context, _ *none) (*reply[WeightsReply], error) {
	weights, err := s.recommend.Weights(ctx)
	return answer(WeightsReply{Weights: weights, Defaults: recommend.DefaultWeights}, err)
}

func (s *Server) setRecommendWeights(ctx context.Context, in *struct{ Body WeightsRequest }) (*reply[WeightsReply], error) {
	weights, err := s.recommend.SetWeights(ctx, in.Body.Weights)
	return answer(WeightsReply{Weights: weights, Defaults: recommend.DefaultWeights}, err)
}
