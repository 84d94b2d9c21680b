package silence

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

// answerLimit bounds an answer of a monitoring system, in bytes: the silences of a large site.
const answerLimit = 8 << 20

// statusError is an answer with a status other than those of success.
type statusError struct {
	status int
	body   []byte
}

func (e *statusError) Error() string {
	return fmt.Sprintf("it answers with status %d: %s", e.status, sanitize.Phrase(string(e.body), 200))
}

// ask sends a document as JSON and returns the answer. Its errors hold no URL, which may have a
// password; an answer that is no success is a *statusError.
func ask(ctx context.Context, client *http.Client, method, where string, document any, headers map[string]string) ([]byte, error) {
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
		return nil, &statusError{status: res.StatusCode, body: data}
	}
	return data, nil
}

// said is what a silence is for, in the words of the monitoring system's pages.
func said(host, run, reason string) string {
	text := host + " is in maintenance by umm-cluster, run " + run
	if reason != "" {
		text += ": " + reason
	}
	return text
}
