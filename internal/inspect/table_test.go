package inspect

import "testing"

func TestTableBuilds(t *testing.T) {
	tb := bases()
	t.Log(len(tb.rows), len(tb.patterns), len(tb.synonyms))
}
