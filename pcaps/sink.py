#!/usr/bin/env python3
"""Take what comes to a port over UDP and TCP, IPv4 and IPv6, and answer nothing.

usage: sink.py PORT
"""
import selectors
import socket
import sys


def main():
    port = int(sys.argv[1])
    selector = selectors.DefaultSelector()
    for kind in socket.SOCK_DGRAM, socket.SOCK_STREAM:
        sock = socket.socket(socket.AF_INET6, kind)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind(('::', port))
        if kind == socket.SOCK_STREAM:
            sock.listen()
        selector.register(sock, selectors.EVENT_READ, kind == socket.SOCK_STREAM)
    while True:
        for key, _ in selector.select():
            if key.data:
                connection, _ = key.fileobj.accept()
                selector.register(connection, selectors.EVENT_READ, False)
            elif not key.fileobj.recv(65536) and key.fileobj.type == socket.SOCK_STREAM:
                selector.unregister(key.fileobj)
                key.fileobj.close()


main()
