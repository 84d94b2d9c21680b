package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// HTTP sends documents by POST. Its errors never hold the URL, which may be a
// secret in itself.
type HTTP struct {
	Client *http.Client
}

// NewHTTP is a sender that follows no redirections: they could lead elsewhere.
func NewHTTP() HTTP {
	return HTTP{Client: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// CheckURL says what is wrong with the URL of a webhook, without the URL.
func CheckURL(secret Secret) error {
	u, err := url.Parse(secret.Reveal())
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("a webhook URL must begin with http:// or https:// and a host")
	}
	return nil
}

// Send implements Sender.
func (h HTTP) Send(ctx context.Context, secret Secret, document []byte) error {
	if err := CheckURL(secret); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, secret.Reveal(), bytes.NewReader(document))
	if err != nil {
		return errors.New("invalid webhook URL")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "umm-cluster")
	res, err := h.Client.Do(req)
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		// Its text has the URL; what it wraps has the host at most.
		err = wrapped.Err
	}
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16))
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("the webhook answered with status %d", res.StatusCode)
	}
	return nil
}
