// Package webapi asks monitoring systems by their APIs: JSON over HTTP, with bounded answers, and
// errors that hold no secret. What the answers mean it does not know.
package webapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"umm/internal/sanitize"
)

// answerLimit bounds an answer of a monitoring system, in bytes: the silences or alerts of a large site.
const answerLimit = 8 << 20

// StatusError is an answer with a status other than those of success.
type StatusError struct {
	Status int
	Body   []byte
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("it answers with status %d: %s", e.Status, sanitize.Phrase(string(e.Body), 200))
}

// Ask sends a document as JSON and returns the answer. Its errors hold no URL, which may have a
// password; an answer that is no success is a *StatusError.
func Ask(ctx context.Context, client *http.Client, method, where string, document any, headers map[string]string) ([]byte, error) {
	var body io.Reader
	if document != nil {
		data, err := json.Marshal(document)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, where, body)
	if err != nil {
		return nil, errors.New("its url cannot be used")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "umm-cluster")
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	res, err := client.Do(req)
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, answerLimit+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > answerLimit:
		return nil, fmt.Errorf("its answer has more than %d bytes", answerLimit)
	case res.StatusCode < 200 || res.StatusCode > 299:
		return nil, &StatusError{Status: res.StatusCode, Body: data}
	}
	return data, nil
}
