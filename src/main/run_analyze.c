#include <config.h>

#include "main/run.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "capture/input.h"
#include "main/cli.h"
#include "main/report.h"
#include "main/writer.h"
#include "out/connections.h"

enum {
	LONGEST = 64 << 20,	/* octets of a line */
	PACKETS = 10,		/* where -p says nothing */
};

struct analyze {
	const struct cli *cli;
	struct report report;
	struct connections *connections;
};

/* -- Lines ---------------------------------------------------------------------------- */

/* Where the line that begins at FROM ends; *N octets of it are there, with or without an end. */
static bool line_at(struct input *in, uint64_t from, size_t *n, bool *ended)
{
	enum { STEP = 1 << 16 };
	const uint8_t *p, *eol;

	for (size_t have = 0;;) {
		uint64_t end;

		input_have(in, from, have + STEP, INPUT_WAIT);
		end = in->end - from;
		if (end == have || end > LONGEST) {
			*n = end > LONGEST ? LONGEST : (size_t)end;
			*ended = end == have;
			return *n != 0;
		}
		p = input_at(in, from, (size_t)end);
		if (p == NULL)
			return false;
		eol = memchr(p + have, '\n', (size_t)end - have);
		if (eol != NULL) {
			*n = (size_t)(eol - p);
			*ended = false;
			return true;
		}
		have = (size_t)end;
	}
}

static bool lines(struct analyze *a, struct input *in)
{
	uint64_t at = 0;
	bool ended = false;
	size_t n;

	while (!ended && line_at(in, at, &n, &ended)) {
		const uint8_t *p = n != 0 ? input_at(in, at, n) : NULL;

		if (n != 0 && (p == NULL ||
			       !connections_line(a->connections, (struct nf_bytes){ p, n })))
			return false;
		at += n + 1;
		input_release(in, at);
	}
	return true;
}

static bool read_file(struct analyze *a, const char *path)
{
	struct nf_err err;
	struct input *in = input_open(path, false, NULL, &err);
	bool sound;

	if (in == NULL) {
		report_err(&a->report, &err);
		return true;
	}
	sound = lines(a, in);
	if (in->trouble.kind != NF_ERR_NONE) {
		nf_err_set(&err, in->trouble.kind, "%s: %s", input_name(in), in->trouble.text);
		report_err(&a->report, &err);
	}
	input_close(in);
	return sound;
}

/* -- Names ---------------------------------------------------------------------------- */

static void name(void *ctx, struct nf_strbuf *s, const struct nf_addr *addr)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in4 = { .sin_family = AF_INET };
	char text[NI_MAXHOST];
	int code;

	(void)ctx;
	memcpy(&in4.sin_addr, addr->octets, 4);
	memcpy(&in6.sin6_addr, addr->octets, 16);
	code = addr->family == 4 ?
	       getnameinfo((struct sockaddr *)&in4, sizeof(in4), text, sizeof(text), NULL, 0,
			   NI_NAMEREQD) :
	       getnameinfo((struct sockaddr *)&in6, sizeof(in6), text, sizeof(text), NULL, 0,
			   NI_NAMEREQD);
	if (code == 0)
		nf_safe_text(s, (struct nf_bytes){ (const uint8_t *)text, strlen(text) });
}

static const char *service(void *ctx, uint16_t port)
{
	const struct servent *found = getservbyport(htons(port), NULL);

	(void)ctx;
	return found != NULL ? found->s_name : NULL;
}

static bool match(struct analyze *a)
{
	struct nf_addr addr = { .family = 4 };
	struct nf_err err;

	if (a->cli->match_host == NULL)
		return true;
	if (inet_pton(AF_INET, a->cli->match_host, addr.octets) != 1) {
		addr.family = 6;
		if (inet_pton(AF_INET6, a->cli->match_host, addr.octets) != 1) {
			nf_err_set(&err, NF_ERR_USAGE, "--match-host: \"%s\" is no address",
				   a->cli->match_host);
			report_err(&a->report, &err);
			return false;
		}
	}
	connections_match(a->connections, &addr);
	return true;
}

/* -- The command ---------------------------------------------------------------------- */

static void show(struct analyze *a)
{
	const struct connections_counts *n = connections_counts(a->connections);
	const struct connections_report r = {
		.connections = a->connections,
		.packets = a->cli->packets != UINT64_MAX ? a->cli->packets : PACKETS,
		.verbose = a->cli->verbose,
		.name = a->cli->no_dns ? NULL : name,
		.service = service,
	};
	struct nf_strbuf text;
	struct writer writer = { .text = &text };
	struct connection first;
	struct nf_err err;

	nf_strbuf_init(&text);
	connections_text(&text, &r);
	writer_flush(&writer);
	if (writer_failed(&writer, &err))
		report_err(&a->report, &err);
	nf_strbuf_done(&text);
	if (!connections_at(a->connections, 0, &first) && n->flows != 0 && !a->cli->verbose)
		report_note(&a->report, "no connections: of %" PRIu64 " flow%s, %" PRIu64
			    " %s no peer (-v shows these)", n->flows, n->flows == 1 ? "" : "s",
			    n->unpaired, n->unpaired == 1 ? "has" : "have");
	if (n->bad_lines != 0)
		report_note(&a->report,
			    "%" PRIu64 " of %" PRIu64 " lines are none of a collector's%s",
			    n->bad_lines, n->lines, n->bad_lines < n->lines ? "" :
			    "; those of a capture: nfpcap packets -o python-netflow CAPTURE");
	if (n->incomplete != 0)
		report_note(&a->report, "%" PRIu64 " of %" PRIu64 " flows say no addresses or no times",
			    n->incomplete, n->flows);
}

int run_analyze(const struct cli *cli)
{
	struct analyze a = { .cli = cli, .report = { .state = REPORT_FINE } };
	struct nf_err err;
	bool sound;

	a.report.accept_cut = cli->accept_cut;
	a.connections = connections_new();
	sound = a.connections != NULL;
	if (sound && match(&a)) {
		if (cli->files.n == 0)
			sound = read_file(&a, "-");
		for (size_t i = 0; sound && i < cli->files.n; i++)
			sound = read_file(&a, cli->files.v[i]);
		sound = sound && connections_pair(a.connections);
		if (sound)
			show(&a);
	}
	if (!sound) {
		nf_err_memory(&err);
		report_err(&a.report, &err);
	}
	connections_free(a.connections);
	return report_code(&a.report);
}
