package catalog

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// naive is the catalog as a plain loop over rows: slow, and obviously right.
type naive struct {
	rows  map[string]Row
	marks map[int64]map[string]Mark // by account and adapter
	now   time.Time
}

// as is the catalog of an account: its marks lie over the rows.
func (n *naive) as(account int64) *naive {
	seen := &naive{rows: make(map[string]Row, len(n.rows)), now: n.now}
	for id, row := range n.rows {
		mark := n.marks[account][id]
		if mark.Favorite != nil {
			row.Favorite = *mark.Favorite
		}
		if mark.Rating != nil {
			row.Rating = *mark.Rating
		}
		seen.rows[id] = row
	}
	return seen
}

// apply does what Index.Apply does.
func (n *naive) apply(rows []Row, removed []string, marks []Mark) {
	for _, id := range removed {
		delete(n.rows, id)
		for _, own := range n.marks {
			delete(own, id)
		}
	}
	for _, row := range rows {
		n.rows[row.ID] = row
	}
	for _, mark := range marks {
		if _, known := n.rows[mark.ID]; !known {
			continue
		}
		if n.marks[mark.Account] == nil {
			n.marks[mark.Account] = make(map[string]Mark)
		}
		n.marks[mark.Account][mark.ID] = mark
	}
}

// accounts are those with marks in the tests, and 0, which has none.
const accounts = 4

func randomMark(r *rand.Rand, id string) Mark {
	mark := Mark{Account: 1 + r.Int64N(accounts-1), ID: id}
	if r.IntN(3) > 0 {
		favorite := r.IntN(2) == 0
		mark.Favorite = &favorite
	}
	if r.IntN(3) > 0 {
		rating := r.IntN(6)
		mark.Rating = &rating
	}
	return mark
}

// clause is a term of a query together with what it means.
type clause struct {
	text  string
	facet string
	trash bool // asks for the trash
	holds func(n *naive, r *Row) bool
}

func (c clause) not() clause {
	holds := c.holds
	return clause{text: "-" + c.text, facet: c.facet, holds: func(n *naive, r *Row) bool { return !holds(n, r) }}
}

// matching returns the rows for which all clauses hold, but those of one facet.
func (n *naive) matching(clauses []clause, without string) []Row {
	trash := slices.ContainsFunc(clauses, func(c clause) bool { return c.trash })
	var list []Row
	for _, r := range n.rows {
		if r.Trashed && !trash {
			continue
		}
		if !slices.ContainsFunc(clauses, func(c clause) bool {
			return (without == "" || c.facet != without) && !c.holds(n, &r)
		}) {
			list = append(list, r)
		}
	}
	return list
}

// sorted orders rows by a key that is nil when unknown; unknown goes last either way.
func sorted(rows []Row, key func(r *Row) any, desc bool) []string {
	slices.SortFunc(rows, func(a, b Row) int {
		ka, kb := key(&a), key(&b)
		if c := compareKeys(ka, kb); c != 0 {
			if desc && ka != nil && kb != nil {
				return -c
			}
			return c
		}
		return cmp.Or(strings.Compare(Fold(a.Name), Fold(b.Name)), cmp.Compare(a.Key, b.Key))
	})
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	return ids
}

func compareKeys(a, b any) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	switch a := a.(type) {
	case string:
		return strings.Compare(a, b.(string))
	case int64:
		return cmp.Compare(a, b.(int64))
	default:
		return cmp.Compare(a.(float64), b.(float64))
	}
}

func unless(v, none int64) any {
	if v == none {
		return nil
	}
	return v
}

var sortKeys = map[Sort]func(r *Row) any{
	ByName:      func(r *Row) any { return Fold(r.Name) },
	ByAdded:     func(r *Row) any { return r.Added },
	ByUpdated:   func(r *Row) any { return r.Updated },
	BySize:      func(r *Row) any { return r.FileSize },
	ByLastUsed:  func(r *Row) any { return unless(r.LastUsed, 0) },
	ByUseCount:  func(r *Row) any { return r.UseCount },
	ByRating:    func(r *Row) any { return unless(int64(r.Rating), 0) },
	ByWeight:    func(r *Row) any { return r.Weight },
	ByBaseModel: func(r *Row) any { return Fold(r.BaseModel) },
	ByRank:      func(r *Row) any { return unless(r.Rank, 0) },
}

var (
	words   = strings.Fields("Anime Épée dragon night STYLE hero ünder snow x1 a-b 100% Straße girl")
	folders = []string{"", "sdxl", "sdxl/Style", "sdxl/style", "flux", "flux/people/women", "sdx"}
	authors = []string{"", "Zoë", "zoe", "maker", "make"}
	hexes   = []string{"", strings.Repeat("1a", 32), strings.Repeat("2b", 32), strings.Repeat("3c", 32)}
)

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func some(r *rand.Rand, list []string, most int) []string {
	var out []string
	for range r.IntN(most + 1) {
		out = append(out, pick(r, list))
	}
	return out
}

func randomRow(r *rand.Rand, key int64, now time.Time) Row {
	ago := func() int64 { return now.Add(-time.Duration(r.IntN(500*24)) * time.Hour).UnixMicro() }
	row := Row{
		Key: key, ID: fmt.Sprintf("id-%d", key), Name: strings.Join(append(some(r, words, 2), pick(r, words)), " "),
		Version: pick(r, []string{"", "v1", "V1", "v2"}), Author: pick(r, authors), Tags: some(r, words, 4),
		TrainedWords: some(r, words, 2), Triggers: some(r, words, 1), Notes: strings.Join(some(r, words, 2), "\n"),
		SourceURL: pick(r, []string{"", "https://civitai.com/models/1", "https://huggingface.co/a/b"}),
		RootID:    pick(r, []string{"r1", "r2"}), Folder: pick(r, folders), FileName: pick(r, words) + ".safetensors",
		BaseModel: pick(r, []string{"sdxl", "SDXL", "flux1", "unknown"}), Kind: pick(r, []string{"lora", "loha", "unknown"}),
		Trainer: pick(r, []string{"", "kohya-ss"}), Rank: pick(r, []int64{0, 8, 16, 32, 128}),
		Weight: pick(r, []float64{0, 0.5, 1, -1}), FileSize: r.Int64N(700 << 20), Rating: r.IntN(6), NSFWLevel: r.IntN(8),
		UseCount: r.Int64N(4), Added: ago(), Updated: ago(), Modified: ago(), SHA256: pick(r, hexes),
		Findings: some(r, []string{"truncated", "odd_rank"}, 1), Active: r.IntN(2) == 0, Favorite: r.IntN(3) == 0,
		Trashed: r.IntN(8) == 0, HasPreview: r.IntN(2) == 0,
	}
	if row.UseCount > 0 && r.IntN(2) == 0 {
		row.LastUsed = ago()
	}
	if row.SHA256 != "" && r.IntN(2) == 0 {
		row.AutoV3 = pick(r, []string{strings.Repeat("4d", 32), strings.Repeat("5e", 32)})
	}
	row.HasAlpha = r.IntN(2) == 0
	row.Alpha = float64(row.Rank) / 2
	switch r.IntN(6) {
	case 0:
		row.Missing = true
	case 1:
		row.Unreadable = true
	case 2:
		row.Unsafe = true
	}
	return row
}

func within(folded string, list ...string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.Contains(Fold(s), folded) })
}

func equalAny(folded string, list ...string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return Fold(s) == folded })
}

// randomClause makes up a term and says what it means.
func randomClause(r *rand.Rand) clause {
	c := clauseMakers[r.IntN(len(clauseMakers))](r)
	if !c.trash && r.IntN(4) == 0 {
		return c.not()
	}
	return c
}

// piece returns a part of a word and how to write it.
func piece(r *rand.Rand) (folded, written string) {
	w := pick(r, words)
	runes := []rune(w)
	from := r.IntN(len(runes))
	to := from + 1 + r.IntN(len(runes)-from)
	part := string(runes[from:to])
	if strings.HasPrefix(part, "-") || r.IntN(4) == 0 {
		return Fold(part), `"` + part + `"`
	}
	return Fold(part), part
}

var clauseMakers = []func(r *rand.Rand) clause{
	func(r *rand.Rand) clause {
		f, written := piece(r)
		return clause{text: written, holds: func(_ *naive, x *Row) bool {
			return within(f, append(append(append([]string{x.Name, x.FileName, x.Folder, x.Author, x.Notes}, x.Tags...), x.Triggers...), x.TrainedWords...)...)
		}}
	},
	func(r *rand.Rand) clause {
		a, b := pick(r, words), pick(r, words)
		return clause{text: `"` + a + " " + b + `"`, holds: func(_ *naive, x *Row) bool {
			return within(Fold(a+" "+b), x.Name, x.FileName, x.Folder, x.Author, x.Notes)
		}}
	},
	func(r *rand.Rand) clause {
		f, written := piece(r)
		field := pick(r, []string{"name", "file", "trigger", "note", "source"})
		return clause{text: field + ":" + written, holds: func(_ *naive, x *Row) bool {
			return within(f, map[string][]string{
				"name": {x.Name}, "file": {x.FileName}, "trigger": append(slices.Clone(x.Triggers), x.TrainedWords...),
				"note": {x.Notes}, "source": {x.SourceURL},
			}[field]...)
		}}
	},
	func(r *rand.Rand) clause {
		a, b := pick(r, words), pick(r, words)
		return clause{text: "tag:" + a + "," + strings.ToUpper(b), facet: "tag", holds: func(_ *naive, x *Row) bool {
			return equalAny(Fold(a), x.Tags...) || equalAny(Fold(strings.ToUpper(b)), x.Tags...)
		}}
	},
	func(r *rand.Rand) clause {
		w := []rune(pick(r, words))[:1]
		return clause{text: "tag:" + string(w) + "*", facet: "tag", holds: func(_ *naive, x *Row) bool {
			return slices.ContainsFunc(x.Tags, func(t string) bool { return strings.HasPrefix(Fold(t), Fold(string(w))) })
		}}
	},
	func(r *rand.Rand) clause {
		v := pick(r, []string{"SDXL", "flux1", "unknown"})
		return clause{text: "base:" + v, facet: "base_model", holds: func(_ *naive, x *Row) bool { return equalAny(Fold(v), x.BaseModel) }}
	},
	func(r *rand.Rand) clause {
		v := pick(r, authors[1:])
		return clause{text: "author:*" + v + "*", facet: "author", holds: func(_ *naive, x *Row) bool { return within(Fold(v), x.Author) }}
	},
	func(r *rand.Rand) clause {
		v := pick(r, folders[1:])
		return clause{text: "folder:" + v, facet: "folder", holds: func(_ *naive, x *Row) bool {
			return Fold(x.Folder) == Fold(v) || strings.HasPrefix(Fold(x.Folder), Fold(v)+"/")
		}}
	},
	func(r *rand.Rand) clause {
		v := pick(r, []string{"Loras", "r2"})
		return clause{text: "root:" + v, facet: "root", holds: func(_ *naive, x *Row) bool {
			return map[string]string{"Loras": "r1", "r2": "r2"}[v] == x.RootID
		}}
	},
	func(r *rand.Rand) clause {
		n := r.IntN(140)
		op := pick(r, []string{">=", ">", "<", "<=", ""})
		return clause{text: fmt.Sprintf("rank:%s%d", op, n), facet: "rank", holds: func(_ *naive, x *Row) bool {
			if x.Rank == 0 {
				return false
			}
			c := cmp.Compare(x.Rank, int64(n))
			return map[string]bool{">=": c >= 0, ">": c > 0, "<": c < 0, "<=": c <= 0, "": c == 0}[op]
		}}
	},
	func(r *rand.Rand) clause {
		low, high := r.IntN(3), 2+r.IntN(4)
		return clause{text: fmt.Sprintf("rating:%d..%d", low, high), facet: "rating", holds: func(_ *naive, x *Row) bool { return x.Rating >= low && x.Rating <= high }}
	},
	func(r *rand.Rand) clause {
		mb := r.Int64N(600)
		return clause{text: fmt.Sprintf("size:<%dmb", mb), facet: "size", holds: func(_ *naive, x *Row) bool { return x.FileSize < mb<<20 }}
	},
	func(r *rand.Rand) clause {
		days := 1 + r.IntN(400)
		return clause{text: fmt.Sprintf("added:>%dd", days), facet: "added", holds: func(n *naive, x *Row) bool {
			return x.Added < n.now.Add(-time.Duration(days)*24*time.Hour).UnixMicro()
		}}
	},
	func(r *rand.Rand) clause {
		month := 1 + r.IntN(12)
		return clause{text: fmt.Sprintf("modified:2026-%02d", month), holds: func(_ *naive, x *Row) bool {
			t := time.UnixMicro(x.Modified).UTC()
			return t.Year() == 2026 && int(t.Month()) == month
		}}
	},
	func(r *rand.Rand) clause {
		v := pick(r, []string{"never", ">1", "90d"})
		return clause{text: "used:" + v, holds: func(n *naive, x *Row) bool {
			return map[string]bool{
				"never": x.UseCount == 0 && x.LastUsed == 0, ">1": x.UseCount > 1,
				"90d": x.LastUsed != 0 && x.LastUsed >= n.now.Add(-90*24*time.Hour).UnixMicro(),
			}[v]
		}}
	},
	func(r *rand.Rand) clause {
		v := pick(r, []string{"active", "inactive", "favorite", "missing", "unreadable", "unsafe", "duplicate", "trashed", "nsfw"})
		return clause{text: "is:" + v, trash: v == "trashed", holds: func(n *naive, x *Row) bool {
			return map[string]bool{
				"active": x.Active, "inactive": !x.Active, "favorite": x.Favorite, "missing": x.Missing, "unreadable": x.Unreadable,
				"unsafe": x.Unsafe, "duplicate": n.twins(x) > 0, "trashed": x.Trashed, "nsfw": x.NSFWLevel >= nsfwFrom,
			}[v]
		}}
	},
	func(r *rand.Rand) clause {
		v := pick(r, []string{"preview", "triggers", "notes", "rating", "finding", "tags", "author"})
		has := func(x *Row) bool {
			return map[string]bool{
				"preview": x.HasPreview, "triggers": len(x.Triggers)+len(x.TrainedWords) > 0, "notes": x.Notes != "",
				"rating": x.Rating > 0, "finding": len(x.Findings) > 0, "tags": len(x.Tags) > 0, "author": x.Author != "",
			}[v]
		}
		if r.IntN(2) == 0 {
			return clause{text: "no:" + v, holds: func(_ *naive, x *Row) bool { return !has(x) }}
		}
		return clause{text: "has:" + v, holds: func(_ *naive, x *Row) bool { return has(x) }}
	},
	func(r *rand.Rand) clause {
		v := pick(r, []string{"truncated", "odd_rank"})
		return clause{text: "finding:" + v, holds: func(_ *naive, x *Row) bool { return slices.Contains(x.Findings, v) }}
	},
}

// twins counts the other rows outside the trash with the same tensors.
func (n *naive) twins(x *Row) int {
	tensors := func(r *Row) string {
		if r.Unreadable {
			return r.SHA256
		}
		return cmp.Or(r.AutoV3, r.SHA256)
	}
	if x.Trashed || tensors(x) == "" {
		return 0
	}
	count := 0
	for _, other := range n.rows {
		if other.ID != x.ID && !other.Trashed && tensors(&other) == tensors(x) {
			count++
		}
	}
	return count
}
