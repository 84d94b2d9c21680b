package site

import (
	"context"
	"database/sql/driver"
	"fmt"
	"net"

	"github.com/go-sql-driver/mysql"

	"umm/internal/lab"
)

// sqlSession is one connection to MariaDB. It is used without database/sql, which
// would hide lost connections by trying again.
type sqlSession struct {
	conn  driver.Conn
	table string
}

// openSQL logs in at an address as clients do.
func openSQL(ctx context.Context, l *lab.Lab, addr string, table string) (*sqlSession, error) {
	config := mysql.NewConfig()
	config.User, config.Passwd, config.DBName = User, Password, Database
	config.Net, config.Addr = "tcp", net.JoinHostPort(addr, fmt.Sprint(SQLPort))
	config.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, l, addr, SQLPort) }
	config.ReadTimeout, config.WriteTimeout = writeLimit, writeLimit
	config.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	conn, err := connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &sqlSession{conn, table}, nil
}

func (s *sqlSession) write(ctx context.Context, number int) error {
	return s.exec(ctx, fmt.Sprintf("INSERT INTO %s (n) VALUES (%d)", s.table, number))
}

func (s *sqlSession) exec(ctx context.Context, statement string) error {
	_, err := s.conn.(driver.ExecerContext).ExecContext(ctx, statement, nil)
	return err
}

// ready asks whether this member of Galera serves.
func (s *sqlSession) ready(ctx context.Context) bool {
	rows, err := s.conn.(driver.QueryerContext).QueryContext(ctx, "SHOW GLOBAL STATUS LIKE 'wsrep_ready'", nil)
	if err != nil {
		return false
	}
	defer rows.Close()
	row := make([]driver.Value, 2)
	if err := rows.Next(row); err != nil {
		return false
	}
	value, _ := row[1].([]byte)
	return string(value) == "ON"
}

func (s *sqlSession) close() { _ = s.conn.Close() }
