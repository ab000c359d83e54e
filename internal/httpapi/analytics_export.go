package httpapi

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loramanager/internal/stats"
)

type analyticsExportInput struct {
	Period
	Format string `query:"format" enum:"csv,json" default:"csv"`
	Part   string `query:"part" enum:"volume,adapters,errors,engines,resources" default:"volume"`
}

func (s *Server) routeAnalyticsExport(tag string) {
	route(s, http.MethodGet, "/analytics/export", "exportAnalytics", tag, "Download a part of the figures", s.exportAnalytics,
		describe("json is one array with one row a line; csv has a header row. A text that a spreadsheet would take for a formula begins with ' there."),
		func(op *huma.Operation) {
			op.DefaultStatus = http.StatusOK
			row := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
			op.Responses = map[string]*huma.Response{"200": {
				Description: "The file; Content-Disposition holds its name",
				Headers:     map[string]*huma.Header{"Content-Disposition": {Schema: &huma.Schema{Type: huma.TypeString}}},
				Content: map[string]*huma.MediaType{
					"application/json": {Schema: &huma.Schema{Type: huma.TypeArray, Items: row}},
					"text/csv":         {Schema: &huma.Schema{Type: huma.TypeString}},
				},
			}}
		})
}

func (s *Server) exportAnalytics(ctx context.Context, in *analyticsExportInput) (*huma.StreamResponse, error) {
	period, err := s.period(&in.Period)
	if err != nil {
		return nil, err
	}
	table, err := s.stats.Export(ctx, period, stats.Part(in.Part))
	if err != nil {
		return nil, below("query.", err)
	}
	write, contentType := tableJSON, "application/json"
	if in.Format == "csv" {
		write, contentType = tableCSV, "text/csv; charset=utf-8"
	}
	name := "loramanager-" + in.Part + "-" + period.Window.Start.Format("20060102") + "-" + period.Window.End.Format("20060102") + "." + in.Format
	return &huma.StreamResponse{Body: func(c huma.Context) {
		c.SetHeader("Content-Type", contentType)
		c.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
		c.SetHeader("Cache-Control", "no-store")
		c.SetStatus(http.StatusOK)
		w := bufio.NewWriterSize(patient(c.BodyWriter()), 64<<10)
		err := write(w, table)
		if err == nil {
			err = w.Flush()
		}
		if err != nil {
			panic(http.ErrAbortHandler) // nobody takes half a file for a whole one
		}
	}}, nil
}

// tableCSV writes a header row and one row for each of the table.
func tableCSV(w io.Writer, t stats.Table) error {
	out := csv.NewWriter(w)
	if err := out.Write(t.Columns); err != nil {
		return err
	}
	row := make([]string, len(t.Columns))
	for _, cells := range t.Rows {
		for i := range row {
			row[i] = tableCell(cells[i])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// tableCell writes a figure as a cell; what was not measured is an empty one. Times keep
// the zone that was asked for.
func tableCell(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case time.Time:
		return v.Format(time.RFC3339)
	}
	return cell(value)
}

// tableJSON writes one array with one object a line, its keys in the order of the columns.
func tableJSON(w io.Writer, t stats.Table) error {
	var line bytes.Buffer
	line.WriteByte('[')
	for n, cells := range t.Rows {
		if n > 0 {
			line.WriteByte(',')
		}
		line.WriteString("\n{")
		for i, column := range t.Columns {
			value, err := json.Marshal(cells[i])
			if err != nil {
				return err
			}
			if i > 0 {
				line.WriteByte(',')
			}
			line.WriteString(strconv.Quote(column) + ":")
			line.Write(value)
		}
		line.WriteByte('}')
		if _, err := line.WriteTo(w); err != nil {
			return err
		}
	}
	line.WriteString("\n]\n")
	_, err := line.WriteTo(w)
	return err
}
