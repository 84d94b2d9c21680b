module umm

go 1.25.0

require (
	github.com/sirupsen/logrus v0.0.0
	github.com/spf13/cobra v0.0.0
	github.com/spf13/viper v0.0.0
	golang.org/x/crypto v0.0.0
)

replace (
	github.com/sirupsen/logrus => ./thirdparty/logrus
	github.com/spf13/cobra => ./thirdparty/cobra
	github.com/spf13/viper => ./thirdparty/viper
	golang.org/x/crypto => ./thirdparty/crypto
)
