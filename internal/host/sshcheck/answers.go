package sshcheck

import (
	"encoding/binary"
	"net/netip"
	"os"
	"syscall"
)

// kernelAnswers asks the kernel by which interface, by its index, it would send to client
// from server: by all its tables and rules, as `ip route get` does.
func kernelAnswers(client, server netip.Addr) (index int, err error) {
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, syscall.NETLINK_ROUTE)
	if err != nil {
		return 0, os.NewSyscallError("socket", err)
	}
	defer func() { _ = syscall.Close(fd) }()
	wait := syscall.Timeval{Sec: 2}
	if err := syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &wait); err != nil {
		return 0, os.NewSyscallError("setsockopt", err)
	}
	if err := syscall.Sendto(fd, routeRequest(client, server), 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return 0, os.NewSyscallError("sendto", err)
	}
	buf := make([]byte, 8192)
	n, _, err := syscall.Recvfrom(fd, buf, 0)
	if err != nil {
		return 0, os.NewSyscallError("recvfrom", err)
	}
	return routeAnswer(buf[:n])
}

// routeRequest is RTM_GETROUTE for one destination and one source, by rtnetlink(7).
func routeRequest(client, server netip.Addr) []byte {
	family, bits := byte(syscall.AF_INET), byte(32)
	if client.Is6() {
		family, bits = syscall.AF_INET6, 128
	}
	order := binary.NativeEndian
	body := []byte{family, bits, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	attribute := func(kind uint16, value []byte) {
		body = order.AppendUint16(body, uint16(4+len(value)))
		body = append(order.AppendUint16(body, kind), value...)
	}
	attribute(syscall.RTA_DST, client.WithZone("").AsSlice())
	if server.IsValid() && server.Is6() == client.Is6() {
		body[2] = bits
		attribute(syscall.RTA_SRC, server.WithZone("").AsSlice())
	}
	head := order.AppendUint32(nil, uint32(syscall.NLMSG_HDRLEN+len(body)))
	head = order.AppendUint16(head, syscall.RTM_GETROUTE)
	head = order.AppendUint16(head, syscall.NLM_F_REQUEST)
	head = order.AppendUint32(head, 1)
	return append(order.AppendUint32(head, 0), body...)
}

// routeAnswer is the index of the interface in the kernel's answer.
func routeAnswer(answer []byte) (index int, err error) {
	messages, err := syscall.ParseNetlinkMessage(answer)
	if err != nil {
		return 0, os.NewSyscallError("netlink", err)
	}
	for _, m := range messages {
		if m.Header.Type != syscall.RTM_NEWROUTE {
			continue
		}
		attributes, err := syscall.ParseNetlinkRouteAttr(&m)
		if err != nil {
			return 0, os.NewSyscallError("netlink", err)
		}
		for _, a := range attributes {
			if a.Attr.Type == syscall.RTA_OIF && len(a.Value) == 4 {
				return int(binary.NativeEndian.Uint32(a.Value)), nil
			}
		}
	}
	return 0, syscall.ENETUNREACH
}
