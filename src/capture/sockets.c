#include <config.h>

#include "capture/sockets.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

void socket_endpoint(struct nf_endpoint *e, const struct sockaddr_storage *name)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)name;
	const struct sockaddr_in *in4 = (const struct sockaddr_in *)name;

	*e = (struct nf_endpoint){ .port = 0 };
	if (name->ss_family == AF_INET) {
		e->addr.family = 4;
		memcpy(e->addr.octets, &in4->sin_addr, 4);
		e->port = ntohs(in4->sin_port);
	} else if (name->ss_family == AF_INET6) {
		e->port = ntohs(in6->sin6_port);
		if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
			e->addr.family = 4;
			memcpy(e->addr.octets, in6->sin6_addr.s6_addr + 12, 4);
		} else {
			e->addr.family = 6;
			memcpy(e->addr.octets, &in6->sin6_addr, 16);
		}
	}
}

uint32_t socket_scope(const struct sockaddr_storage *name)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)name;

	return name->ss_family == AF_INET6 ? in6->sin6_scope_id : 0;
}

/* A number of a port, which getaddrinfo would take modulo 65536. */
static bool is_port(const char *text)
{
	unsigned long v = 0;

	if (*text == '\0')
		return false;
	for (; *text >= '0' && *text <= '9' && v < 65536; text++)
		v = 10 * v + (unsigned long)(*text - '0');
	return *text == '\0' && v < 65536;
}

/* "[::1]:2055" into its parts; false where there is no port. */
static bool split(const char *text, char host[256], const char **port)
{
	const char *colon = strrchr(text, ':');
	size_t n = colon != NULL ? (size_t)(colon - text) : 0;

	*port = colon != NULL ? colon + 1 : text;
	if (n >= 2 && text[0] == '[' && text[n - 1] == ']') {
		text++;
		n -= 2;
	} else if (memchr(text, ':', n) != NULL) {
		return false;	/* whose last part the port is, nobody can tell */
	}
	if (n >= 256 || !is_port(*port))
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	return true;
}

static int option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

/* What is of no kernel is no trouble: stamps, drops and destinations are then not known. */
static void set_options(int fd, int family, bool stream, int buffer)
{
	option(fd, SOL_SOCKET, SO_REUSEADDR, stream);
	if (family == AF_INET6)
		option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
	if (stream)
		return;
#ifdef SO_RCVBUFFORCE
	if (option(fd, SOL_SOCKET, SO_RCVBUFFORCE, buffer) < 0)
#endif
		option(fd, SOL_SOCKET, SO_RCVBUF, buffer);
#ifdef SO_TIMESTAMPNS
	option(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
#endif
#ifdef SO_RXQ_OVFL
	option(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
#endif
	option(fd, IPPROTO_IP, IP_PKTINFO, 1);
	if (family == AF_INET6)
		option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
}

/* 0, or errno. */
static int bind_one(struct bound_socket *s, const struct addrinfo *a, int buffer)
{
	bool stream = a->ai_socktype == SOCK_STREAM;
	struct sockaddr_storage name;
	socklen_t n = sizeof(name);

	s->stream = stream;
	s->fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return errno;
	set_options(s->fd, a->ai_family, stream, buffer);
	if (bind(s->fd, a->ai_addr, a->ai_addrlen) < 0 ||
	    (stream && listen(s->fd, SOMAXCONN) < 0) ||
	    getsockname(s->fd, (struct sockaddr *)&name, &n) < 0) {
		int saved = errno;

		close(s->fd);
		return saved;
	}
	socket_endpoint(&s->bound, &name);
	return 0;
}

/* The way out of what bind says. */
static const char *hint_of(int error, bool stream)
{
	switch (error) {
	case EADDRINUSE:
		return stream ? "; another program has the port: ss -tlnp shows which" :
				"; another program has the port: ss -ulnp shows which";
	case EACCES:
		return "; ports below 1024 are the superuser's";
	case EADDRNOTAVAIL:
		return "; no interface here has it: ip addr shows those there are";
	case EAFNOSUPPORT:
		return "; this machine has none of that family: 0.0.0.0 is IPv4's";
	default:
		return "";
	}
}

/* What may be meant by TEXT, which is no address. */
static const char *meant_by(const char *text)
{
	const char *colon = strchr(text, ':');

	if (colon == NULL || colon == strrchr(text, ':') || *text == '[')
		return "";
	return text[strspn(text, "0123456789abcdefABCDEF:.")] == '\0' ?
	       "; an IPv6 address stands in brackets" : "; tcp: or udp: may stand before it";
}

/* Without an address: one socket for both families, or IPv4 alone where that is all there is. */
int socket_bind(struct bound_socket *s, const char *text, int buffer, struct nf_err *err)
{
	bool stream = strncmp(text, "tcp:", 4) == 0;
	const char *where = stream || strncmp(text, "udp:", 4) == 0 ? text + 4 : text, *port;
	struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_socktype = stream ? SOCK_STREAM : SOCK_DGRAM,
	};
	struct addrinfo *list = NULL;
	char host[256];
	int code;

	if (!split(where, host, &port))
		return nf_err_set(err, NF_ERR_USAGE, "%s: not [ADDRESS]:PORT%s", text,
				  meant_by(where));
	hints.ai_family = host[0] == '\0' ? AF_INET6 : AF_UNSPEC;
	code = getaddrinfo(host[0] != '\0' ? host : NULL, port, &hints, &list);
	if (code != 0)
		return nf_err_set(err, NF_ERR_USAGE, "cannot listen on %s: %s", text,
				  gai_strerror(code));
	code = bind_one(s, list, buffer);
	freeaddrinfo(list);
	if (host[0] == '\0' && (code == EAFNOSUPPORT || code == EADDRNOTAVAIL)) {
		hints.ai_family = AF_INET;
		if (getaddrinfo(NULL, port, &hints, &list) != 0)
			return nf_err_set(err, NF_ERR_ENV, "%s: no address to bind", text);
		code = bind_one(s, list, buffer);
		freeaddrinfo(list);
	}
	return code == 0 ? 0 : nf_err_set(err, NF_ERR_ENV, "cannot listen on %s: %s%s", text,
					  strerror(code), hint_of(code, stream));
}
