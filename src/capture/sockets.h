/*
 * Sockets bound to the addresses that exporters send to.
 */
#ifndef CAPTURE_SOCKETS_H
#define CAPTURE_SOCKETS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/datagram.h"
#include "base/err.h"

struct bound_socket {
	int fd;
	bool stream;			/* it listens for TCP connections */
	struct nf_endpoint bound;
};

/*
 * TEXT is "PORT", ":PORT", "ADDRESS:PORT" or "[ADDRESS]:PORT", for UDP, which "udp:" before it
 * says as well, or for TCP with "tcp:" there.  Without an address it is all of the machine's, of
 * both families.  The kernel is asked for a buffer of BUFFER octets, and gives what it may.
 */
int socket_bind(struct bound_socket *s, const char *text, int buffer, struct nf_err *err);

/* NAME, of a family that is no IP, is all zero; an IPv4 address in IPv6 is the IPv4 address. */
void socket_endpoint(struct nf_endpoint *e, const struct sockaddr_storage *name);

/* The interface that a link-local NAME is behind; 0 of all others. */
uint32_t socket_scope(const struct sockaddr_storage *name);

#endif
