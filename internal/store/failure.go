package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"

	"loramanager/internal/lora"
)

// failed turns a driver's error into one for the user. what says what was tried, for
// the log. A *lora.Error and the caller's own cancellation stay what they are.
func (s *Store) failed(what string, err error) error {
	var known *lora.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	cause := fmt.Errorf("%s: %w", what, err)
	code, message := lora.Internal, "The database gave an answer that was not expected. The log says more."
	switch s.dialect.classify(err) {
	case failedFull:
		code, message = lora.StorageFull, "The disk that holds the database is full. Free some space and try again."
	case failedReadOnly:
		code, message = lora.Unavailable, "The database is read-only. Check the permissions of its file and folder."
	case failedUnique:
		code, message = lora.Conflict, "Something with the same name exists already."
	case failedUnreachable:
		code, message = lora.Unavailable, "The database is busy or cannot be reached. Try again in a moment."
	case failedDamaged:
		code, message = lora.Unavailable, "The database file is damaged. Restore a backup."
	case failedOtherwise:
		if disconnected(err) {
			code, message = lora.Unavailable, "The connection to the database was lost. Try again in a moment."
		}
	}
	return &lora.Error{Code: code, Message: message, Err: cause}
}

func disconnected(err error) bool {
	var network net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.As(err, &network)
}

func noAdapter() error { return lora.Errorf(lora.NotFound, "adapter not found") }
