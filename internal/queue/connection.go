package queue

import (
	"context"
	"net"
	"syscall"

	"github.com/redis/go-redis/v9"
)

// connect makes a client whose connections all end when the queue is closed, so that a
// Redis that does not answer cannot hold up the end.
func (q *redisQueue) connect(options redis.Options, adjust func(*redis.Options)) *redis.Client {
	adjust(&options)
	options.DialerRetries = 1
	dial := redis.NewDialer(&options)
	options.Dialer = func(ctx context.Context, network, address string) (net.Conn, error) {
		if err := q.ctx.Err(); err != nil {
			return nil, err
		}
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		ending := &endingConn{Conn: conn, stop: context.AfterFunc(q.ctx, func() { _ = conn.Close() })}
		if raw, ok := conn.(syscall.Conn); ok { // lets go-redis see that it was closed
			return &rawConn{ending, raw}, nil
		}
		return ending, nil
	}
	return redis.NewClient(&options)
}

// endingConn forgets its part in the end of the queue when it is closed before.
type endingConn struct {
	net.Conn
	stop func() bool
}

func (c *endingConn) Close() error {
	c.stop()
	return c.Conn.Close()
}

// rawConn is an endingConn that can be looked at from below.
type rawConn struct {
	*endingConn
	syscall.Conn
}
