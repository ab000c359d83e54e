package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/stats"
)

// Period is the span of time that analytics speak of.
type Period struct {
	TimeRange string `query:"time_range" enum:"24h,7d,30d,90d,custom" default:"24h"`
	Start     string `query:"start" doc:"With custom only: a date such as 2026-03-01, or a moment in RFC 3339" example:"2026-03-01"`
	End       string `query:"end" doc:"With custom only: excluded when it is a moment, included when it is a date; now when absent" example:"2026-03-31"`
	TZ        string `query:"tz" doc:"IANA name of the zone in which days begin and end; UTC when absent" example:"Europe/Berlin"`
}

func (s *Server) routeAnalytics() {
	const tag = "analytics"
	route(s, http.MethodGet, "/analytics/stats", "readAnalyticsStats", tag, "The figures of a period and of the one before", ofPeriod(s, s.stats.KPIs),
		describe("Generations only, by the moment they were accepted."))
	route(s, http.MethodGet, "/analytics/errors", "readAnalyticsErrors", tag, "Why generations failed", ofPeriod(s, s.stats.Errors))
	route(s, http.MethodGet, "/analytics/timeseries", "readAnalyticsTimeseries", tag, "The series of a period", ofPeriod(s, s.stats.Chart))
	route(s, http.MethodGet, "/analytics/insights", "readAnalyticsInsights", tag, "What is worth knowing about a period", ofPeriod(s, s.stats.Insights))
	route(s, http.MethodGet, "/analytics/summary", "readAnalyticsSummary", tag, "All about a period", ofPeriod(s, s.stats.Summary))
	s.routeAnalyticsExport(tag)
}

// ofPeriod answers a question about a period.
func ofPeriod[T any](s *Server, ask func(context.Context, stats.Range) (T, error)) func(context.Context, *Period) (*reply[T], error) {
	return func(ctx context.Context, in *Period) (*reply[T], error) {
		period, err := s.period(in)
		if err != nil {
			return nil, err
		}
		return answer(ask(ctx, period))
	}
}

func (s *Server) period(in *Period) (stats.Range, error) {
	period, err := s.stats.Parse(stats.Query{TimeRange: in.TimeRange, Start: in.Start, End: in.End, Zone: in.TZ})
	return period, below("query.", err)
}
