package hosttree

// Trusty is what makes a small host one that Upstart runs, Ubuntu 14.04.
var Trusty = Tree{
	"sbin/initctl":                 "#!",
	"etc/umm.conf":                 "UMM=yes\nKEEP_UNITS=\"nova-api gone\"\n",
	"etc/init/umm.conf":            "start on starting rc-sysinit\n",
	"etc/init/rc-sysinit.conf":     "start on filesystem\ntask\n",
	"etc/init/ssh.conf":            "start on runlevel [2345]\n",
	"etc/init/tty1.conf":           "start on stopped rc RUNLEVEL=[2345]\n",
	"etc/init/networking.conf":     "start on local-filesystems\n",
	"etc/init/udev.conf":           "start on virtual-filesystems\n",
	"etc/init/cron.conf":           "start on runlevel [2345]\n",
	"etc/init/nova-api.conf":       "start on runlevel [2345]\n",
	"etc/init.d/rabbitmq-server":   "#!/bin/sh\n",
	"etc/rc2.d/S20rabbitmq-server": "-> ../init.d/rabbitmq-server",
	"etc/rc6.d/K20rabbitmq-server": "-> ../init.d/rabbitmq-server",
	"run/utmp":                     string(append([]byte{1, 0, 0, 0, '2', 'N'}, make([]byte, 1000)...)),
}
