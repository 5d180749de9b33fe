#include <config.h>

#include "main/listening.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "main/values.h"

enum {
	DEFAULT_PORT = 2055,
	PORT_ROOM = 10,			/* of "[]:65535" */
};

/* Octets of "tcp:" or "udp:" at the start of HOST. */
static size_t transport_of(const char *host)
{
	return strncmp(host, "tcp:", 4) == 0 || strncmp(host, "udp:", 4) == 0 ? 4 : 0;
}

static bool is_ipv6(const char *host)
{
	const char *colon = strchr(host, ':');

	return colon != NULL && strchr(colon + 1, ':') != NULL;
}

static int add(struct cli *cli, const char *address, struct nf_err *err)
{
	const char *why = NULL;

	return values_file(NULL, &cli->files, address, &why) ? 0 : nf_err_memory(err);
}

/* "2001:db8::9" and 2055: "[2001:db8::9]:2055". */
static void write_address(char *at, size_t room, const char *host, unsigned port)
{
	size_t transport = transport_of(host);
	const char *address = host + transport;
	bool bare = is_ipv6(address) && *address != '[';

	snprintf(at, room, "%.*s%s%s%s:%u", (int)transport, host, bare ? "[" : "", address,
		 bare ? "]" : "", port);
}

static bool has_port(const char *host)
{
	host += transport_of(host);
	return strstr(host, "]:") != NULL || (strchr(host, ':') != NULL && !is_ipv6(host));
}

static bool is_listed(const struct cli_ports *ports, unsigned port)
{
	return (ports->bits[port / 8] >> port % 8 & 1) != 0;
}

/* What --host and --port say, in memory that is CLI's. */
static int from_options(struct cli *cli, struct nf_err *err)
{
	const char *host = cli->host != NULL ? cli->host : "";
	size_t room = strlen(host) + PORT_ROOM;
	unsigned n = 0;

	if (has_port(host))
		return nf_err_set(err, NF_ERR_USAGE, "--host: \"%s\" has a port, which is --port's "
				  "to say", host);
	if (!cli->ports.given)
		cli->ports.bits[DEFAULT_PORT / 8] |= 1 << DEFAULT_PORT % 8;
	cli->addresses = nf_alloc(LISTENING_PORTS * room);
	if (cli->addresses == NULL)
		return nf_err_memory(err);
	for (unsigned port = 0; port <= UINT16_MAX; port++) {
		char *at = cli->addresses + n * room;

		if (!is_listed(&cli->ports, port))
			continue;
		if (n++ == LISTENING_PORTS)
			return nf_err_set(err, NF_ERR_USAGE, "--port: listen binds no more than %d "
					  "ports", LISTENING_PORTS);
		write_address(at, room, host, port);
		if (add(cli, at, err) < 0)
			return -1;
	}
	cli->ports = (struct cli_ports){ .given = false };
	return 0;
}

/* -i: what to capture on stands for what to bind; WORD: an address that was given all the same. */
static int from_interfaces(struct cli *cli, const char *word, struct nf_err *err)
{
	if (word != NULL || cli->host != NULL)
		return nf_err_set(err, NF_ERR_USAGE, "-i captures and binds nothing: %s has to go "
				  "(--bpf \"udp port 2055\" says what to capture)",
				  word != NULL ? word : "--host");
	for (size_t i = 0; i < cli->interfaces.n; i++)
		if (add(cli, cli->interfaces.v[i], err) < 0)
			return -1;
	return 0;
}

int listening_addresses(struct cli *cli, char **argv, int n, struct nf_err *err)
{
	if (cli->files.n != 0)
		return nf_err_set(err, NF_ERR_USAGE, "listen has no option --read or --file: without "
				  "listen, files are read; to write one, use -w %s",
				  cli->files.v[0]);
	if (cli->interfaces.n != 0)
		return from_interfaces(cli, n > 0 ? argv[0] : NULL, err);
	if (cli->bpf != NULL)
		return nf_err_set(err, NF_ERR_USAGE, "--bpf needs -i INTERFACE: sockets get "
				  "no frames");
	if (n == 0)
		return from_options(cli, err);
	if (cli->host != NULL || cli->ports.given)
		return nf_err_set(err, NF_ERR_USAGE, "%s says where to listen, and so does --%s: "
				  "give one of them", argv[0], cli->host != NULL ? "host" : "port");
	for (int i = 0; i < n; i++)
		if (add(cli, argv[i], err) < 0)
			return -1;
	return 0;
}
