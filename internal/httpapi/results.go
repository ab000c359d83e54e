package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"loramanager/internal/lora"
)

// ResultFilter narrows the history. The keys of the prototype's web app are understood
// beside our own.
type ResultFilter struct {
	Search        string         `query:"search" maxLength:"256" doc:"Words of the prompt or of the names of adapters"`
	AdapterID     string         `query:"adapter_id" maxLength:"64"`
	BaseModel     string         `query:"base_model" maxLength:"100" doc:"Of an adapter it was made with"`
	Engine        string         `query:"engine" maxLength:"200"`
	Model         string         `query:"model" maxLength:"512"`
	Status        []string       `query:"status,explode" enum:"pending,running,retrying,succeeded,failed,cancelled" maxItems:"6" doc:"May be repeated; succeeded when absent"`
	MinRating     int            `query:"min_rating" minimum:"0" maximum:"5"`
	Favorite      optional[bool] `query:"favorite"`
	Tag           string         `query:"tag" maxLength:"200"`
	CompositionID string         `query:"composition_id" maxLength:"64"`
	StartDate     string         `query:"start_date" maxLength:"40" doc:"A date or a moment"`
	EndDate       string         `query:"end_date" maxLength:"40" doc:"A date, which is included, or a moment"`
	Width         int            `query:"width" minimum:"0"`
	Height        int            `query:"height" minimum:"0"`
	Trashed       bool           `query:"trashed" doc:"The trash instead of the history"`
	Sort          string         `query:"sort" enum:"newest,oldest,rating,favorite,largest" default:"newest"`
	After         string         `query:"after" doc:"next_cursor of the page before"`
}

type listHistoryInput struct {
	ResultFilter
	Limit int `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type listResultsInput struct {
	ResultFilter
	Limit    int `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Offset   int `query:"offset" minimum:"0"`
	Page     int `query:"page" minimum:"0" doc:"With page_size, instead of limit and offset; the first is 1"`
	PageSize int `query:"page_size" minimum:"0" maximum:"100"`
}

// ResultPage is a page of the history.
type ResultPage struct {
	Results    []Result `json:"results"`
	NextCursor *string  `json:"next_cursor" doc:"null on the last page"`
}

func (s *Server) routeResults() {
	const tag = "history"
	route(s, http.MethodGet, "/generation/history", "listHistory", tag, "The history", s.listHistory)
	route(s, http.MethodGet, "/generation/results", "listResults", tag, "The history as a bare list", s.listResults)
	route(s, http.MethodGet, "/generation/results/stats", "readResultStats", tag, "Figures over all results that match", s.readResultStats)
	route(s, http.MethodGet, "/generation/results/facets", "listResultFacets", tag, "Engines, models, tags and base models of the results that match", s.listResultFacets)
	route(s, http.MethodGet, "/generation/results/{id}", "readResult", tag, "Read a result", s.readResult)
}

// query translates the filter; places of wrong values are those of the request.
func (f *ResultFilter) query(account int64) (lora.ResultQuery, error) {
	q := lora.ResultQuery{
		Account: account, Text: f.Search, AdapterID: f.AdapterID, BaseModel: f.BaseModel, Engine: f.Engine, Model: f.Model, MinRating: f.MinRating,
		Favorite: f.Favorite.pointer(), Tag: f.Tag, Composition: f.CompositionID, Width: f.Width, Height: f.Height, Trashed: f.Trashed,
		Statuses: jobStatuses(f.Status), Sort: lora.ResultSort(f.Sort), After: f.After,
	}
	var err error
	if q.From, err = moment("query.start_date", f.StartDate, 0); err != nil {
		return q, err
	}
	q.Until, err = moment("query.end_date", f.EndDate, 24*time.Hour)
	return q, err
}

// moment reads a date or a moment; whole is added to what is only a date.
func moment(field, text string, whole time.Duration) (time.Time, error) {
	if text = strings.TrimSpace(text); text == "" {
		return time.Time{}, nil
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day.Add(whole), nil
	}
	quoted, err := json.Marshal(text)
	var t laxTime
	if err == nil {
		err = t.UnmarshalJSON(quoted)
	}
	if err != nil {
		return time.Time{}, lora.FieldErrorf(lora.Invalid, field, "Expected a date such as 2026-01-31, or a moment in ISO 8601.")
	}
	return time.Time(t), nil
}

func (s *Server) listHistory(ctx context.Context, in *listHistoryInput) (*reply[ResultPage], error) {
	q, err := in.query(accountOf(ctx))
	if err != nil {
		return nil, err
	}
	q.Limit = in.Limit
	results, next, err := s.page(ctx, q)
	return answer(ResultPage{Results: results, NextCursor: textOrNull(next)}, err)
}

func (s *Server) listResults(ctx context.Context, in *listResultsInput) (*reply[[]Result], error) {
	q, err := in.query(accountOf(ctx))
	if err != nil {
		return nil, err
	}
	q.Limit, q.Offset = in.Limit, in.Offset
	if in.PageSize > 0 {
		q.Limit = in.PageSize
		q.Offset = max(in.Page-1, 0) * in.PageSize
	}
	results, _, err := s.page(ctx, q)
	return answer(results, err)
}

func (s *Server) page(ctx context.Context, q lora.ResultQuery) ([]Result, string, error) {
	jobs, next, err := s.store.Results(ctx, q)
	if err != nil {
		return nil, "", at("query.after", "after", err)
	}
	views, err := s.resultViews(ctx, jobs)
	return views, next, err
}

// resultViews shows jobs, having looked up which of their adapters are there.
func (s *Server) resultViews(ctx context.Context, jobs []lora.Job) ([]Result, error) {
	var ids []string
	for i := range jobs {
		for _, use := range jobs[i].Adapters {
			ids = append(ids, use.AdapterID)
		}
	}
	found, err := s.existing(ctx, ids)
	if err != nil {
		return nil, err
	}
	views := make([]Result, 0, len(jobs))
	for i := range jobs {
		views = append(views, resultView(&jobs[i], found))
	}
	return views, nil
}

func (s *Server) readResultStats(ctx context.Context, in *ResultFilter) (*reply[lora.ResultStats], error) {
	q, err := in.query(accountOf(ctx))
	if err != nil {
		return nil, err
	}
	stats, err := s.store.ResultStats(ctx, q)
	return answer(stats, err)
}

func (s *Server) listResultFacets(ctx context.Context, in *ResultFilter) (*reply[lora.ResultFacets], error) {
	q, err := in.query(accountOf(ctx))
	if err != nil {
		return nil, err
	}
	facets, err := s.store.ResultFacets(ctx, q)
	return answer(lora.ResultFacets{Engines: list(facets.Engines), Models: list(facets.Models), Tags: list(facets.Tags), BaseModels: list(facets.BaseModels)}, err)
}

func (s *Server) readResult(ctx context.Context, in *ByID) (*reply[ResultDetail], error) {
	j, err := s.theJob(ctx, in.ID, resultNotFound)
	if err != nil {
		return nil, err
	}
	views, err := s.resultViews(ctx, []lora.Job{j})
	if err != nil {
		return nil, err
	}
	detail := ResultDetail{Result: views[0], Infotexts: make([]string, 0, len(j.Images)), Record: objectOrEmpty(j.Result)}
	for i := range j.Images {
		detail.Infotexts = append(detail.Infotexts, j.Images[i].Infotext)
	}
	return answer(detail, nil)
}

const resultNotFound = "Result not found"
