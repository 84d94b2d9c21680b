package main

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"

	"github.com/go-sql-driver/mysql"
)

// sqlSession is one connection to MariaDB. It is used without database/sql, which
// would hide lost connections by trying again.
type sqlSession struct{ conn driver.Conn }

func openSQL(ctx context.Context, conn net.Conn) (*sqlSession, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	dial := once(conn)
	config := mysql.NewConfig()
	config.User, config.Passwd, config.DBName = user, password, database
	config.Net, config.Addr = "tcp", conn.RemoteAddr().String()
	config.DialFunc = func(context.Context, string, string) (net.Conn, error) { return dial() }
	config.ReadTimeout, config.WriteTimeout = limit, limit
	config.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	session, err := connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &sqlSession{session}, nil
}

func (s *sqlSession) do(ctx context.Context, word, rest string) error {
	switch word {
	case "exec":
		_, err := s.conn.(driver.ExecerContext).ExecContext(ctx, rest, nil)
		return err
	case "ready":
		return s.ready(ctx)
	}
	return errors.New("no such line: " + word)
}

// ready is nil where this member of Galera serves.
func (s *sqlSession) ready(ctx context.Context) error {
	rows, err := s.conn.(driver.QueryerContext).QueryContext(ctx, "SHOW GLOBAL STATUS LIKE 'wsrep_ready'", nil)
	if err != nil {
		return err
	}
	defer rows.Close()
	row := make([]driver.Value, 2)
	if err := rows.Next(row); err != nil {
		return err
	}
	if value, _ := row[1].([]byte); string(value) != "ON" {
		return errors.New("wsrep_ready is " + string(value))
	}
	return nil
}
