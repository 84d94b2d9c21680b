//go:build e2e

package silence

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"umm/test/needs"
)

// The database, with Zabbix's own tables, as the user that it lets in without a password.
const zabbixDatabase = `d=$1 port=$2
bin=$(ls -d "$d"/root/usr/lib/postgresql/*/bin /usr/lib/postgresql/*/bin 2>/dev/null | head -1)
mkdir "$d/pg"
chown nobody "$d/pg"
su -s /bin/sh nobody -c "$bin/initdb -D $d/pg -U zabbix -A trust -E UTF8 >/dev/null"
su -s /bin/sh nobody -c "exec $bin/postgres -D $d/pg -k $d/pg -h 127.0.0.1 -p $port -c fsync=off" &
trap 'kill $!; wait' EXIT TERM
until "$bin/psql" -q -h 127.0.0.1 -p "$port" -U zabbix -d postgres -c 'create database zabbix'; do sleep 0.2; done
for f in schema images data; do zcat "$d/root/usr/share/zabbix-server-pgsql/$f.sql.gz"; done | "$bin/psql" -q -h 127.0.0.1 -p "$port" -U zabbix zabbix >"$d/import.log" 2>&1
touch "$d/filled"
wait`

// PHP's own web server serves the pages; the API is one of them.
const zabbixPages = `d=$1 port=$2
mount -t tmpfs tmpfs /etc/zabbix 2>/dev/null || { mount -t overlay etc -o "lowerdir=$d/root/etc:/etc" /etc && mount -t tmpfs tmpfs /etc/zabbix; }
cp "$d/zabbix.conf.php" /etc/zabbix/
more=
for m in bcmath ctype dom gd gettext mbstring pgsql sockets xml simplexml xmlreader xmlwriter posix tokenizer fileinfo iconv; do
	more="$more -d extension=$(ls "$d"/root/usr/lib/php/*/$m.so | head -1)"
done
exec "$(ls "$d"/root/usr/bin/php[0-9]* | head -1)" -n $more -d memory_limit=256M -d post_max_size=16M -d max_execution_time=300 -d max_input_time=300 \
	-d date.timezone=UTC -S "127.0.0.1:$port" -t "$d/root/usr/share/zabbix"`

const zabbixServer = `d=$1
chown nobody "$d/zabbix_server.conf" "$d/run"
export LD_LIBRARY_PATH=$(dirname "$(find "$d/root" -name 'libodbc.so.2' | head -1)")
exec setpriv --reuid=nobody --clear-groups "$d/root/usr/sbin/zabbix_server" -f -c "$d/zabbix_server.conf"`

// TestZabbixItself speaks to the real one, of Debian's packages: its pages in PHP, its server, and a
// database. It takes minutes, since the server looks at its maintenance once a minute.
func TestZabbixItself(t *testing.T) {
	if os.Getenv("UMM_SOAK") == "" {
		t.Skip("DID NOT RUN: it takes long: make soak runs it")
	}
	if _, err := exec.LookPath("setpriv"); err != nil {
		needs.Absent(t, "there is no setpriv")
	}
	dir := unpacked(t, "zabbix-server-pgsql", "zabbix-frontend-php", "php-cli", "php-pgsql", "php8.2-cli", "php8.2-common", "php8.2-pgsql", "postgresql")
	database, pages, trapper := freePort(t), freePort(t), lowPort(t)
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("zabbix.conf.php", fmt.Sprintf(`<?php
$DB = ['TYPE' => 'POSTGRESQL', 'SERVER' => '127.0.0.1', 'PORT' => '%s', 'DATABASE' => 'zabbix', 'USER' => 'zabbix', 'PASSWORD' => '', 'SCHEMA' => '',
	'ENCRYPTION' => false, 'KEY_FILE' => '', 'CERT_FILE' => '', 'CA_FILE' => '', 'VERIFY_HOST' => false, 'CIPHER_LIST' => '', 'VAULT_URL' => '',
	'VAULT_DB_PATH' => '', 'VAULT_TOKEN' => '', 'DOUBLE_IEEE754' => true];
$ZBX_SERVER = '127.0.0.1'; $ZBX_SERVER_PORT = '%s'; $ZBX_SERVER_NAME = ''; $IMAGE_FORMAT_DEFAULT = IMAGE_FORMAT_PNG;
`, database, trapper))
	if err := os.Mkdir(filepath.Join(dir, "run"), 0o755); err != nil {
		t.Fatal(err)
	}
	write("zabbix_server.conf", fmt.Sprintf("DBHost=127.0.0.1\nDBPort=%s\nDBName=zabbix\nDBUser=zabbix\nListenIP=127.0.0.1\nListenPort=%s\nLogType=console\nPidFile=%s/run/pid\nSocketDir=%[3]s/run\nAllowUnsupportedDBVersions=1\n",
		database, trapper, dir))
	background(t, zabbixDatabase, dir, database)
	soon(t, 3*time.Minute, "the database is not filled", func() error {
		_, err := os.Stat(filepath.Join(dir, "filled"))
		return err
	})
	background(t, zabbixPages, dir, pages)
	background(t, zabbixServer, dir)
	url := "http://127.0.0.1:" + pages
	soon(t, time.Minute, "the pages do not come up", func() error { return answers(http.DefaultClient, url+"/api_jsonrpc.php") })

	admin := prepareZabbix(t, url)
	z := Zabbix{Place: "zabbix", URL: url, Token: admin.Token, Called: func(host string) string { return host + ".example.org" }, Client: http.DefaultClient}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	// status is whether the server itself has the hosts in maintenance.
	status := func() string {
		var hosts []struct {
			Host   string `json:"host"`
			Status string `json:"maintenance_status"`
		}
		must(admin.call(t.Context(), "host.get", map[string]any{"output": []string{"host", "maintenance_status"}, "search": map[string]string{"host": "example.org"}, "sortfield": "host"}, &hosts))
		return fmt.Sprint(hosts)
	}
	becomes := func(want string) {
		t.Helper()
		soon(t, 3*time.Minute, "the server does not do it", func() error {
			if got := status(); got != want {
				return fmt.Errorf("it has %s, want %s", got, want)
			}
			return nil
		})
	}
	ctx, until := t.Context(), time.Now().Add(5*time.Minute)
	must(z.End(ctx, "n1", "r1"))
	must(z.Silence(ctx, "n1", "r1", `new "kernel"`, until))
	becomes("[{n1.example.org 1} {n10.example.org 0}]")
	must(z.Silence(ctx, "n1", "r1", `new "kernel"`, until.Add(time.Minute)))
	own, err := zabbixSession{Zabbix: admin.Zabbix}.own(ctx, "n1", "r1")
	if err != nil || len(own) != 1 {
		t.Errorf("prolonged, there are %v (%v)", own, err)
	}
	must(z.End(ctx, "n1", "r1"))
	must(z.End(ctx, "n1", "r1"))
	becomes("[{n1.example.org 0} {n10.example.org 0}]")
	if err := z.Silence(ctx, "n2", "r1", "", until); err == nil || !strings.Contains(err.Error(), "it has no host n2.example.org") {
		t.Errorf("of a host that it has not: %v", err)
	}
	z.Token = strings.Repeat("0", 64)
	if err := z.Silence(ctx, "n1", "r1", "", until); err == nil || !strings.Contains(err.Error(), "maintenance.get") {
		t.Errorf("with a wrong token: %v", err)
	}
}

// lowPort is a free one of those that Zabbix's server takes, which are not above 32767.
func lowPort(t *testing.T) string {
	t.Helper()
	for port := 20051; port < 20151; port++ {
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			defer l.Close()
			return fmt.Sprint(port)
		}
	}
	t.Fatal("no port is free")
	return ""
}

// prepareZabbix makes a token and two hosts.
func prepareZabbix(t *testing.T, url string) zabbixSession {
	t.Helper()
	s := zabbixSession{Zabbix: Zabbix{URL: url, Client: http.DefaultClient}}
	call := func(method string, params, result any) {
		t.Helper()
		if err := s.call(context.Background(), method, params, result); err != nil {
			t.Fatal(err)
		}
	}
	call("user.login", map[string]string{"username": "Admin", "password": "zabbix"}, &s.Token)
	var tokens struct {
		IDs []string `json:"tokenids"`
	}
	call("token.create", map[string]string{"name": "umm", "userid": "1"}, &tokens)
	var made []struct {
		Token string `json:"token"`
	}
	call("token.generate", tokens.IDs, &made)
	s.Token = made[0].Token
	var groups struct {
		IDs []string `json:"groupids"`
	}
	call("hostgroup.create", map[string]string{"name": "cluster"}, &groups)
	for _, name := range []string{"n1.example.org", "n10.example.org"} {
		call("host.create", map[string]any{"host": name, "groups": []map[string]string{{"groupid": groups.IDs[0]}}}, nil)
	}
	return s
}
