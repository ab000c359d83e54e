package store

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"loramanager/internal/lora"
)

// Bounds of what is kept to be searched.
const (
	maxWords     = 5000 // of one job
	maxWordBytes = 60   // of one word; the rest is cut off
	maxQueried   = 20   // words of one question
)

// wordDialect is how the words of jobs are kept and found. Both databases get words, not
// texts, so that they agree on what a word is.
type wordDialect struct {
	add, remove string
	kept        func(words []string) any
	// matches is a condition on j.key; where there are no marks, joined is one that joins
	// job_words w with j; asked is the argument of both. Every word matches from its
	// beginning. key is that of w.
	matches, joined, key string
	asked                func(beginnings []beginning) string
	// learn notes words, and expand finds those that begin with a text and lie below
	// another, where beginnings are better looked up than searched for.
	learn, expand string
	// marks says that what else a job is found by stands among its words.
	marks bool
}

var sqliteWords = wordDialect{
	add:    "INSERT OR REPLACE INTO job_words (rowid, words) VALUES (?, ?)",
	remove: "DELETE FROM job_words WHERE rowid = ?",
	kept:   func(words []string) any { return strings.Join(words, " ") },
	marks:  true,

	matches: "j.key IN (SELECT w.rowid FROM job_words w WHERE w.job_words MATCH ?)",
	asked:   askedSQLite,

	learn:  "INSERT INTO word (word) SELECT value FROM json_each(?) WHERE TRUE ON CONFLICT DO NOTHING",
	expand: "SELECT word FROM word WHERE word >= ? AND word < ? ORDER BY word LIMIT ?",
}

// beginning is what a word must begin with, and the words that do, where those are few
// enough to be looked for instead.
type beginning struct {
	text  string
	words []string
}

// Bounds of looking for words instead of their beginning.
const (
	indexedBeginning = 3 // characters: these beginnings are in the index themselves
	maxExpanded      = 100
)

func askedSQLite(beginnings []beginning) string {
	parts := make([]string, len(beginnings))
	for i, b := range beginnings {
		parts[i] = `"` + b.text + `"*`
		if len(b.words) > 0 {
			parts[i] = `("` + strings.Join(b.words, `" OR "`) + `")`
		}
	}
	return strings.Join(parts, " AND ")
}

func askedPostgres(beginnings []beginning) string {
	parts := make([]string, len(beginnings))
	for i, b := range beginnings {
		parts[i] = "'" + b.text + "':*"
	}
	return strings.Join(parts, " & ")
}

// beginnings looks up which words the words of a question can be.
func (q querier) beginnings(ctx context.Context, words []string) ([]beginning, error) {
	list := make([]beginning, len(words))
	for i, word := range words {
		list[i].text = word
		if q.pool.dialect.words.expand == "" || utf8.RuneCountInString(word) <= indexedBeginning {
			continue
		}
		found, err := q.strings(ctx, q.pool.dialect.words.expand, word, word+string(utf8.MaxRune), int64(maxExpanded+1))
		if err != nil {
			return nil, err
		}
		if len(found) <= maxExpanded {
			list[i].words = found
		}
	}
	return list, nil
}

// learnWords notes words whose beginnings are looked up.
func (q querier) learnWords(ctx context.Context, words []string) error {
	d := q.pool.dialect
	if d.words.learn == "" || len(words) == 0 {
		return nil
	}
	_, err := q.exec(ctx, d.words.learn, d.list(words))
	return err
}

var postgresWords = wordDialect{
	add:     "INSERT INTO job_words (job_key, words) VALUES (?, array_to_tsvector(CAST(? AS TEXT[])))",
	remove:  "DELETE FROM job_words WHERE job_key = ?",
	kept:    func(words []string) any { return words },
	matches: "j.key IN (SELECT job_key FROM job_words WHERE words @@ CAST(? AS TSQUERY))",
	joined:  "w.words @@ CAST(? AS TSQUERY) AND j.key = w.job_key",
	key:     "w.job_key",
	asked:   askedPostgres,
}

// jobWords are the words a job is found by: those of its prompts and of the names of its
// adapters.
func jobWords(job *lora.Job) []string {
	params := generationParams(job.Params)
	texts := []string{job.Prompt, params.Prompt}
	if params.NegativePrompt != nil {
		texts = append(texts, *params.NegativePrompt)
	}
	for i := range job.Adapters {
		texts = append(texts, job.Adapters[i].Name)
	}
	return wordsOf(maxWords, texts...)
}

// wordsOf splits texts into distinct words of letters and digits, in lower case.
func wordsOf(limit int, texts ...string) []string {
	seen := make(map[string]bool)
	words := []string{}
	for _, text := range texts {
		for word := range strings.FieldsFuncSeq(strings.ToLower(clean(text)), separates) {
			if len(word) > maxWordBytes {
				word = strings.ToValidUTF8(word[:maxWordBytes], "")
			}
			if !seen[word] && len(words) < limit {
				seen[word] = true
				words = append(words, word)
			}
		}
	}
	return words
}

func separates(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
}
