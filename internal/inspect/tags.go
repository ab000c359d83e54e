package inspect

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"loramanager/internal/lora"
)

const (
	maxTags     = 500     // listed, unless Options say fewer
	maxTagKinds = 100_000 // counted
	maxTagTable = 8 << 20 // bytes of a table that are looked at
	maxTally    = 4096    // tags of a tally that is worth keeping for the next file
)

// tallies are maps in which tags are counted. Filling a new one for every file was a
// tenth of a scan.
var tallies = sync.Pool{New: func() any { return make(map[string]int64, 256) }}

// training is what the metadata tell about the data set.
type training struct {
	tags   []lora.TagCount // most frequent first
	images int64           // captions seen, 0 when unknown
	dirs   []string        // names of data set folders, "10_ohwx woman"
	tokens []string        // class tokens
	bad    []string        // keys that were not readable
}

// readTraining sums the tags of all data sets and lists the most frequent ones, at most limit.
// ss_datasets repeats the table of ss_tag_frequency, so it serves only when that is missing.
func readTraining(md map[string]string, limit int) training {
	var tr training
	counts, _ := tallies.Get().(map[string]int64)
	defer func() {
		if len(counts) <= maxTally {
			clear(counts) // it must not keep the header alive
			tallies.Put(counts)
		}
	}()
	if s := md["ss_tag_frequency"]; usable(s) {
		d := jsonScan{s: s}
		err := d.object(func(dir string) error {
			tr.addDir(dir)
			return addTags(&d, counts)
		})
		tr.note("ss_tag_frequency", err)
	}
	if s := md["ss_dataset_dirs"]; usable(s) {
		tr.note("ss_dataset_dirs", tr.readDirs(s))
	}
	if s := md["ss_datasets"]; usable(s) {
		var into map[string]int64
		if len(counts) == 0 {
			into = counts
		}
		tr.note("ss_datasets", tr.readDatasets(s, into))
	}
	tr.tags = topTags(counts, limit)
	return tr
}

func usable(s string) bool { return s != "" && s != "None" && s != "null" && len(s) <= maxTagTable }

func (tr *training) note(key string, err error) {
	if err != nil {
		tr.bad = append(tr.bad, key)
	}
}

func (tr *training) addDir(dir string) {
	dir = clean(dir, maxName)
	if dir != "" && len(tr.dirs) < 64 && !slices.Contains(tr.dirs, dir) {
		tr.dirs = append(tr.dirs, dir)
	}
}

func addTags(d *jsonScan, counts map[string]int64) error {
	if d.next() != '{' {
		return d.skip(0)
	}
	return d.object(func(tag string) error {
		n, err := d.count()
		if err != nil {
			return err
		}
		tag = strings.TrimSpace(tag)
		if len(counts) < maxTagKinds {
			counts[tag] += n
		} else if old, known := counts[tag]; known {
			counts[tag] = old + n
		}
		return nil
	})
}

// readDirs reads {"10_ohwx woman": {"n_repeats": 10, "img_count": 20}}.
func (tr *training) readDirs(s string) error {
	d := jsonScan{s: s}
	return d.object(func(dir string) error {
		tr.addDir(dir)
		if d.next() != '{' {
			return d.skip(0)
		}
		return d.object(func(key string) error {
			if key != "img_count" {
				return d.skip(0)
			}
			n, err := d.count()
			tr.images += n
			return err
		})
	})
}

// readDatasets reads kohya's list of data sets with their subsets.
func (tr *training) readDatasets(s string, counts map[string]int64) error {
	d := jsonScan{s: s}
	return d.array(func() error {
		if d.next() != '{' {
			return d.skip(0)
		}
		return d.object(func(key string) error {
			switch {
			case key == "tag_frequency" && counts != nil && d.next() == '{':
				return d.object(func(dir string) error {
					tr.addDir(dir)
					return addTags(&d, counts)
				})
			case key == "subsets" && d.next() == '[':
				return d.array(func() error { return tr.readSubset(&d) })
			}
			return d.skip(0)
		})
	})
}

func (tr *training) readSubset(d *jsonScan) error {
	if d.next() != '{' {
		return d.skip(0)
	}
	return d.object(func(key string) error {
		switch key {
		case "class_tokens":
			s, err := d.text()
			if s = clean(s, maxName); s != "" && len(tr.tokens) < 64 {
				tr.tokens = append(tr.tokens, s)
			}
			return err
		case "image_dir":
			s, err := d.text()
			if i := strings.LastIndexAny(s, `/\`); i >= 0 {
				s = s[i+1:]
			}
			tr.addDir(s)
			return err
		}
		return d.skip(0)
	})
}

// topTags lists the most frequent tags, at most limit, in an order that does not
// depend on the map's.
func topTags(counts map[string]int64, limit int) []lora.TagCount {
	best := make([]lora.TagCount, 0, min(len(counts), 2*limit))
	full := false // best[limit-1] is then the least that counts
	for tag, n := range counts {
		t := lora.TagCount{Tag: tag, Count: n}
		if n <= 0 || full && compareTags(t, best[limit-1]) > 0 || blank(tag) {
			continue
		}
		if best = append(best, t); len(best) == 2*limit {
			slices.SortFunc(best, compareTags)
			best, full = best[:limit], true
		}
	}
	slices.SortFunc(best, compareTags)
	best = best[:min(len(best), limit)]
	for i := range best {
		best[i].Tag = clean(best[i].Tag, maxName)
	}
	return best
}

func compareTags(a, b lora.TagCount) int {
	if a.Count != b.Count {
		return cmp.Compare(b.Count, a.Count)
	}
	return strings.Compare(a.Tag, b.Tag)
}

// blank reports whether nothing of a trimmed tag can be shown.
func blank(tag string) bool { return tag == "" || !plain(tag) && clean(tag, maxName) == "" }
