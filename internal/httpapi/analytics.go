package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loramanager/internal/lora"
)

// Period is the span of time that analytics speak of.
type Period struct {
	TimeRange string `query:"time_range" enum:"24h,7d,30d,90d,custom" default:"24h"`
	Start     string `query:"start" doc:"With custom only: a date such as 2026-03-01, or a moment in RFC 3339" example:"2026-03-01"`
	End       string `query:"end" doc:"With custom only: excluded when it is a moment, included when it is a date; now when absent" example:"2026-03-31"`
	TZ        string `query:"tz" doc:"IANA name of the zone in which days begin and end; UTC when absent" example:"Europe/Berlin"`
}

type analyticsExportInput struct {
	Period
	Format string `query:"format" enum:"csv,json" default:"csv"`
	Part   string `query:"part" enum:"volume,adapters,errors,engines,resources" default:"volume"`
}

func (s *Server) routeAnalytics() {
	const tag = "analytics"
	route(s, http.MethodGet, "/analytics/stats", "readAnalyticsStats", tag, "The figures of a period and of the one before", s.readAnalyticsStats,
		describe("Generations only, by the moment they were accepted."))
	route(s, http.MethodGet, "/analytics/errors", "readAnalyticsErrors", tag, "Why generations failed", s.readAnalyticsErrors)
	route(s, http.MethodGet, "/analytics/timeseries", "readAnalyticsTimeseries", tag, "The series of a period", s.readAnalyticsTimeseries)
	route(s, http.MethodGet, "/analytics/insights", "readAnalyticsInsights", tag, "What is worth knowing about a period", s.readAnalyticsInsights)
	route(s, http.MethodGet, "/analytics/summary", "readAnalyticsSummary", tag, "All about a period", s.readAnalyticsSummary)
	route(s, http.MethodGet, "/analytics/export", "exportAnalytics", tag, "Download a part of the figures", s.exportAnalytics,
		describe("json is one array with one row a line; csv has a header row. A text that a spreadsheet would take for a formula begins with ' there."),
		func(op *huma.Operation) {
			op.DefaultStatus = http.StatusOK
			rows := &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}}
			op.Responses = map[string]*huma.Response{"200": {
				Description: "The file; Content-Disposition holds its name",
				Headers:     map[string]*huma.Header{"Content-Disposition": {Schema: &huma.Schema{Type: huma.TypeString}}},
				Content: map[string]*huma.MediaType{
					"application/json": {Schema: rows},
					"text/csv":         {Schema: &huma.Schema{Type: huma.TypeString}},
				},
			}}
		})
}

func errNoAnalytics() error {
	return lora.Errorf(lora.Unavailable, "Analytics are not ready yet. Try again in a moment.")
}

func (s *Server) readAnalyticsStats(context.Context, *Period) (*reply[AnalyticsKPIs], error) {
	return nil, errNoAnalytics()
}

func (s *Server) readAnalyticsErrors(context.Context, *Period) (*reply[[]AnalyticsError], error) {
	return nil, errNoAnalytics()
}

func (s *Server) readAnalyticsTimeseries(context.Context, *Period) (*reply[AnalyticsChart], error) {
	return nil, errNoAnalytics()
}

func (s *Server) readAnalyticsInsights(context.Context, *Period) (*reply[[]AnalyticsInsight], error) {
	return nil, errNoAnalytics()
}

func (s *Server) readAnalyticsSummary(context.Context, *Period) (*reply[AnalyticsSummary], error) {
	return nil, errNoAnalytics()
}

func (s *Server) exportAnalytics(context.Context, *analyticsExportInput) (*huma.StreamResponse, error) {
	return nil, errNoAnalytics()
}
