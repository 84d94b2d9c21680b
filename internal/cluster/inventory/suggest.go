package inventory

import (
	"fmt"
	"strings"
)

// most is how many words a hint lists where none is close.
const most = 8

// Suggestion goes behind "there is no X": the word that may be meant, or all there are.
// It begins with a punctuation mark, and is empty where there is nothing to say.
func Suggestion(word string, words []string) string {
	if word := Closest(word, words); word != "" {
		return fmt.Sprintf(": did you mean %s?", word)
	}
	switch {
	case len(words) == 0:
		return ""
	case len(words) > most:
		return fmt.Sprintf(": choose from %s and %d more", strings.Join(words[:most], ", "), len(words)-most)
	}
	return ": choose from " + strings.Join(words, ", ")
}

// Closest is the word that is likely meant by a mistyped one; empty where none is.
func Closest(word string, words []string) string {
	best, least := "", max(1, len([]rune(word))/3)+1
	for _, w := range words {
		if d := distance(strings.ToLower(word), strings.ToLower(w)); d < least {
			best, least = w, d
		}
	}
	return best
}

// distance is how many characters have to be put in, left out, changed or swapped
// with their neighbour to make b of a.
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	rows := make([][]int, len(s)+1)
	for i := range rows {
		rows[i] = make([]int, len(t)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(s); i++ {
		for j := 1; j <= len(t); j++ {
			change := rows[i-1][j-1]
			if s[i-1] != t[j-1] {
				change++
			}
			rows[i][j] = min(change, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(s)][len(t)]
}
