package health

import (
	"context"
	"fmt"
	"strings"
	"time"

	"loramanager/internal/lora"
)

const (
	rootEvery = 30 * time.Second
	rootLimit = 10 * time.Second
	rootPart  = "disk:root:"
	// scansSeen is how many of the last scans are looked at.
	scansSeen = 50
)

// lookImporter judges when the library was looked through, and keeps a probe on each folder.
func (c *Checker) lookImporter(ctx context.Context) ([]lora.Check, func(*Status)) {
	check := lora.Check{ID: "importer", Area: "importer", Link: foldersPage, Facts: map[string]any{}}
	roots, err := c.o.Library.Roots(ctx)
	if err != nil {
		return []lora.Check{unanswered(check)}, nil
	}
	c.follow(roots)
	scans, err := c.o.Library.Scans(ctx, scansSeen)
	if err != nil {
		return []lora.Check{unanswered(check)}, nil
	}
	counts, err := c.o.Library.Counts(ctx)
	if err != nil {
		return []lora.Check{unanswered(check)}, nil
	}
	scanner, err := c.scanner(ctx)
	if err != nil {
		return []lora.Check{unanswered(check)}, nil
	}
	now := time.Now()
	importer := c.importer(scans, now)
	importer.Adapters, importer.Roots = counts.Adapters, len(roots)
	check.Facts["adapters"], check.Facts["roots"], check.Facts["recent_imports"] = counts.Adapters, len(roots), importer.RecentImports
	if importer.Scanner = scanner; scanner != "" {
		check.Facts["scanner"] = scanner
	}
	if importer.LastScan != nil {
		check.Facts["last_scan"] = *importer.LastScan
	}
	return []lora.Check{judgeImporter(check, &importer, roots, scans, c.o.Limits.ScanAge, now)}, func(s *Status) { s.Importer = importer }
}

// scanner is the server that scans; empty where there is only one, and while another takes
// over.
func (c *Checker) scanner(ctx context.Context) (string, error) {
	if c.o.Scanners == nil {
		return "", nil
	}
	return c.o.Scanners.LeaseHolder(ctx, c.o.ScannerLease)
}

// importer reads the last scans.
func (c *Checker) importer(scans []lora.Scan, now time.Time) (i Importer) {
	recent := c.o.Limits.ScanAge
	if recent <= 0 {
		recent = 24 * time.Hour
	}
	for _, scan := range scans {
		if scan.State != lora.ScanFinished || scan.FinishedAt == nil {
			continue
		}
		if i.LastScan == nil || scan.FinishedAt.After(*i.LastScan) {
			i.LastScan = scan.FinishedAt
		}
		if now.Sub(*scan.FinishedAt) < recent {
			i.RecentImports += scan.Counts.Added + scan.Counts.Updated
		}
	}
	return i
}

func judgeImporter(check lora.Check, i *Importer, roots []lora.Root, scans []lora.Scan, age time.Duration, now time.Time) lora.Check {
	if len(roots) == 0 {
		i.Stale = stale(age, false)
		return bad(check, lora.CheckOff, "No library folder is set up.", "")
	}
	// The folder that was not scanned for longest decides.
	oldest := roots[0]
	for _, root := range roots {
		if at := root.LastScanAt; at == nil || oldest.LastScanAt != nil && at.Before(*oldest.LastScanAt) {
			oldest = root
		}
	}
	isOld := oldest.LastScanAt == nil || age > 0 && now.Sub(*oldest.LastScanAt) > age
	i.Stale = stale(age, isOld)
	switch {
	case len(scans) > 0 && scans[0].State == lora.ScanFailed:
		return bad(check, lora.CheckWarning, "The last scan failed: "+scrub(scans[0].Error), "Check the folder it names, and scan again.")
	case len(scans) > 0 && scans[0].State == lora.ScanRunning:
		return good(check, "A scan is running.")
	case oldest.LastScanAt == nil:
		return bad(check, lora.CheckWarning, fmt.Sprintf("The folder %s was never scanned.", oldest.Name), "Scan it: until then its adapters are unknown.")
	case isOld && age > 0:
		return bad(check, lora.CheckWarning, fmt.Sprintf("The folder %s was not scanned for more than %d hours.", oldest.Name, int(age.Hours())),
			"Scan now, and check that the folder can be reached.")
	}
	return good(check, "All folders were scanned.")
}

func stale(age time.Duration, is bool) *bool {
	if age <= 0 {
		return nil
	}
	return &is
}

// follow has each folder looked at, and those that are gone no more.
func (c *Checker) follow(roots []lora.Root) {
	wanted := map[string]lora.Root{}
	for _, root := range roots {
		wanted[rootPart+root.ID] = root
	}
	c.mu.Lock()
	var gone []string
	for id, p := range c.probes {
		root, still := wanted[id]
		if strings.HasPrefix(id, rootPart) && (!still || p.root.Path != root.Path || p.root.Name != root.Name) {
			gone = append(gone, id)
		}
	}
	c.mu.Unlock()
	for _, id := range gone {
		c.forget(id)
	}
	for id, root := range wanted {
		c.watch(c.rootProbe(id, root)) // one that is watched already is left alone
	}
}
