#include <config.h>

#include "capture/sniff.h"

#include <net/if.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/strbuf.h"

enum {
	SNAPLEN = 262144,
	MAX_QUEUE = 64 << 20,
	BLOCK_MS = 50,			/* the kernel hands over frames at least so often */
	DRAIN_MS = 3 * BLOCK_MS,	/* once stopped, for what it still has */
	COUNT_AGAIN = 4096,		/* frames until the kernel is asked what was dropped */
};

struct interface {
	const char *name;
	pcap_t *pcap;			/* NULL: it is gone */
	int linktype;
	bool nano, pending;
	struct frame frame;		/* where pending */
	uint64_t frames;
	uint32_t drops;			/* as libpcap had them last */
};

struct sniff {
	uint64_t *drops;
	int wake;
	uint32_t until_count;
	bool paused, stopped;
	int64_t stop_ns;		/* frames later than this one are left */
	size_t n;
	struct pollfd *polls;		/* of the interfaces, and of WAKE behind them */
	struct interface interfaces[];
};

/* -- Opening ---------------------------------------------------------------------------- */

/* "no interface eth9; there are lo, eth0" */
static int no_interface(const char *name, struct nf_err *err)
{
	struct if_nameindex *all = if_nameindex();
	struct nf_strbuf s;

	nf_strbuf_init(&s);
	for (struct if_nameindex *i = all; i != NULL && i->if_index != 0; i++)
		nf_sb_printf(&s, "%s, ", i->if_name);
	if_freenameindex(all);
	nf_err_set(err, NF_ERR_ENV, "cannot capture on %.64s: there is no such interface; there "
		   "are %.200sand any for all of them", name, nf_strbuf_cstr(&s));
	nf_strbuf_done(&s);
	return -1;
}

static int not_activated(const struct interface *i, int code, struct nf_err *err)
{
	switch (code) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return no_interface(i->name, err);
	case PCAP_ERROR_PERM_DENIED:
		return nf_err_set(err, NF_ERR_ENV, "cannot capture on %s: that is the superuser's: "
				  "sudo, or once: setcap cap_net_raw+ep NFPCAP", i->name);
	case PCAP_ERROR_IFACE_NOT_UP:
		return nf_err_set(err, NF_ERR_ENV, "cannot capture on %s: it is down: ip link set "
				  "%s up", i->name, i->name);
	case PCAP_ERROR:
		return nf_err_set(err, NF_ERR_ENV, "cannot capture on %s: %s", i->name,
				  pcap_geterr(i->pcap));
	default:
		return nf_err_set(err, NF_ERR_ENV, "cannot capture on %s: %s", i->name,
				  pcap_statustostr(code));
	}
}

static int set_filter(const struct interface *i, const char *expr, struct nf_err *err)
{
	struct bpf_program program;
	int code;

	if (pcap_compile(i->pcap, &program, expr, 1, PCAP_NETMASK_UNKNOWN) < 0)
		return nf_err_set(err, NF_ERR_USAGE, "--bpf \"%s\": %s", expr,
				  pcap_geterr(i->pcap));
	code = pcap_setfilter(i->pcap, &program);
	pcap_freecode(&program);
	return code == 0 ? 0 : nf_err_set(err, NF_ERR_ENV, "--bpf \"%s\": %s", expr,
					  pcap_geterr(i->pcap));
}

static int open_interface(struct interface *i, const char *name, const struct capture_opts *opts,
			  struct nf_err *err)
{
	size_t octets = opts->max_queue != 0 ? opts->max_queue : MAX_QUEUE;
	char why[PCAP_ERRBUF_SIZE] = "";
	int code;

	i->name = name;
	i->pcap = pcap_create(name, why);
	if (i->pcap == NULL)
		return nf_err_set(err, NF_ERR_ENV, "cannot capture on %s: %s", name, why);
	pcap_set_snaplen(i->pcap, SNAPLEN);
	pcap_set_promisc(i->pcap, 1);
	pcap_set_timeout(i->pcap, BLOCK_MS);
	pcap_set_buffer_size(i->pcap, octets < INT32_MAX ? (int)octets : INT32_MAX);
	i->nano = pcap_set_tstamp_precision(i->pcap, PCAP_TSTAMP_PRECISION_NANO) == 0;
	code = pcap_activate(i->pcap);
	if (code < 0)
		return not_activated(i, code, err);
	if (opts->bpf != NULL && set_filter(i, opts->bpf, err) < 0)
		return -1;
	if (pcap_setnonblock(i->pcap, 1, why) < 0)
		return nf_err_set(err, NF_ERR_ENV, "cannot capture on %s: %s", name, why);
	i->linktype = pcap_datalink(i->pcap);
	return 0;
}

struct sniff *sniff_open(const char *const *interfaces, size_t n, const struct capture_opts *opts,
			 uint64_t *drops, struct nf_err *err)
{
	struct sniff *s = nf_zalloc(sizeof(*s) + n * sizeof(s->interfaces[0]));

	if (s != NULL)
		s->polls = nf_zalloc((n + 1) * sizeof(*s->polls));
	if (s == NULL || s->polls == NULL) {
		nf_free(s);
		nf_err_memory(err);
		return NULL;
	}
	s->drops = drops;
	s->wake = opts->wake;
	for (; s->n < n; s->n++) {
		if (open_interface(&s->interfaces[s->n], interfaces[s->n], opts, err) < 0) {
			s->n++;
			sniff_close(s);
			return NULL;
		}
	}
	return s;
}

void sniff_close(struct sniff *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++)
		if (s->interfaces[i].pcap != NULL)
			pcap_close(s->interfaces[i].pcap);
	nf_free(s->polls);
	nf_free(s);
}

const char *sniff_interface(const struct sniff *s, size_t i, int *linktype)
{
	if (i >= s->n)
		return NULL;
	*linktype = s->interfaces[i].linktype;
	return s->interfaces[i].name;
}

/* -- The next one ----------------------------------------------------------------------- */

static void count_drops(struct sniff *s)
{
	s->until_count = COUNT_AGAIN;
	for (size_t i = 0; i < s->n; i++) {
		struct interface *one = &s->interfaces[i];
		struct pcap_stat stat;

		if (one->pcap == NULL || pcap_stats(one->pcap, &stat) < 0)
			continue;
		*s->drops += (uint32_t)(stat.ps_drop - one->drops);
		one->drops = stat.ps_drop;
	}
}

/* A frame of interface NUMBER, if one is there; -1 where it is gone. */
static int take(struct sniff *s, size_t number, struct nf_err *err)
{
	struct interface *i = &s->interfaces[number];
	struct pcap_pkthdr *h;
	const u_char *p;
	int got;

	if (i->pcap == NULL || i->pending)
		return 0;
	got = pcap_next_ex(i->pcap, &h, &p);
	if (got < 0) {
		nf_err_set(err, NF_ERR_ENV, "%s: %s; nothing more is captured there", i->name,
			   pcap_geterr(i->pcap));
		count_drops(s);
		pcap_close(i->pcap);
		i->pcap = NULL;
		return -1;
	}
	if (got == 0)
		return 0;
	i->pending = true;
	i->frame = (struct frame){
		.p = p, .caplen = h->caplen, .wirelen = h->len,
		.ts_ns = (int64_t)h->ts.tv_sec * 1000000000 +
			 (int64_t)h->ts.tv_usec * (i->nano ? 1 : 1000),
		.number = ++i->frames, .file = (uint32_t)number, .linktype = i->linktype,
		.ts_fine = i->nano,
	};
	return 0;
}

/* The earliest frame that is there; NULL where none is. */
static struct interface *earliest(struct sniff *s)
{
	struct interface *first = NULL;

	for (size_t i = 0; i < s->n; i++)
		if (s->interfaces[i].pending &&
		    (first == NULL || s->interfaces[i].frame.ts_ns < first->frame.ts_ns))
			first = &s->interfaces[i];
	return first;
}

/* How many have something; *WOKEN: so has the descriptor. */
static int look(struct sniff *s, int timeout_ms, bool *woken)
{
	int got;

	for (size_t i = 0; i < s->n; i++) {
		pcap_t *pcap = s->interfaces[i].pcap;

		s->polls[i] = (struct pollfd){
			.fd = pcap != NULL ? pcap_get_selectable_fd(pcap) : -1, .events = POLLIN,
		};
	}
	s->polls[s->n] = (struct pollfd){ .fd = s->stopped ? -1 : s->wake, .events = POLLIN };
	got = poll(s->polls, s->n + 1, timeout_ms);
	*woken = got > 0 && s->polls[s->n].revents != 0;
	return got;
}

static bool is_gone(const struct sniff *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->interfaces[i].pcap != NULL)
			return false;
	return true;
}

/* Now and then, while there are frames: what was dropped, and who wants to be heard. */
static bool is_interrupted(struct sniff *s)
{
	bool woken;

	if (s->until_count-- > 0)
		return false;
	count_drops(s);
	look(s, 0, &woken);
	return woken;
}

/* Nothing is there: LIVE_DATAGRAM means that something may be by now. */
static enum live_got wait(struct sniff *s, int timeout_ms)
{
	bool woken;

	count_drops(s);
	if (is_gone(s))
		return LIVE_END;
	if (s->stopped)
		return look(s, DRAIN_MS, &woken) == 0 ? LIVE_END : LIVE_DATAGRAM;
	if (!s->paused) {
		s->paused = true;
		return LIVE_PAUSE;
	}
	return look(s, timeout_ms, &woken) == 0 || woken ? LIVE_WAKE : LIVE_DATAGRAM;
}

enum live_got sniff_next(struct sniff *s, struct frame *f, int timeout_ms, struct nf_err *err)
{
	for (;;) {
		struct interface *first;
		enum live_got got;

		if (is_interrupted(s))
			return LIVE_WAKE;
		for (size_t i = 0; i < s->n; i++)
			if (take(s, i, err) < 0)
				return LIVE_TROUBLE;
		first = earliest(s);
		if (first != NULL && s->stopped && first->frame.ts_ns > s->stop_ns)
			return LIVE_END;
		if (first != NULL) {
			first->pending = s->paused = false;
			*f = first->frame;
			return LIVE_DATAGRAM;
		}
		got = wait(s, timeout_ms);
		if (got != LIVE_DATAGRAM)
			return got;
	}
}

void sniff_stop(struct sniff *s)
{
	if (s->stopped)
		return;
	s->stop_ns = nf_clock_ns(CLOCK_REALTIME);
	s->stopped = true;
}
