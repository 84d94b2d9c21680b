// The clients of the services that tests on clusters use, apart from what umm itself needs.
module umm/test/clients

go 1.25.0

require (
	github.com/go-sql-driver/mysql v1.10.1
	github.com/rabbitmq/amqp091-go v1.16.0
)

require filippo.io/edwards25519 v1.2.0 // indirect
