package store

import (
	"strings"
	"unicode"

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
	// matches is a condition on j.key, joined one that joins job_words w with j; asked is
	// the argument of both. Every word matches from its beginning. key is that of w.
	matches, joined, key string
	asked                func(words []string) string
}

var sqliteWords = wordDialect{
	add:     "INSERT INTO job_words (rowid, words) VALUES (?, ?)",
	remove:  "DELETE FROM job_words WHERE rowid = ?",
	kept:    func(words []string) any { return strings.Join(words, " ") },
	matches: "j.key IN (SELECT rowid FROM job_words WHERE job_words MATCH ?)",
	joined:  "w.job_words MATCH ? AND j.key = w.rowid",
	key:     "w.rowid",
	asked:   func(words []string) string { return `"` + strings.Join(words, `"* "`) + `"*` },
}

var postgresWords = wordDialect{
	add:     "INSERT INTO job_words (job_key, words) VALUES (?, array_to_tsvector(CAST(? AS TEXT[])))",
	remove:  "DELETE FROM job_words WHERE job_key = ?",
	kept:    func(words []string) any { return words },
	matches: "j.key IN (SELECT job_key FROM job_words WHERE words @@ CAST(? AS TSQUERY))",
	joined:  "w.words @@ CAST(? AS TSQUERY) AND j.key = w.job_key",
	key:     "w.job_key",
	asked:   func(words []string) string { return "'" + strings.Join(words, "':* & '") + "':*" },
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
