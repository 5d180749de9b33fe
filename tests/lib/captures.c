#include <config.h>

#include "lib/captures.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/framer.h"

enum { PATH = 4096 };

static bool ends(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && strcmp(name + n - m, end) == 0;
}

static bool is_capture(const char *name)
{
	return ends(name, ".pcap") || ends(name, ".pcapng") || ends(name, ".ipfix") ||
	       ends(name, ".pcap.gz");
}

static unsigned folder(const char *path, void (*each)(void *ctx, const char *path), void *ctx)
{
	char name[PATH + 512];
	struct dirent *e;
	unsigned n = 0;
	DIR *dir = opendir(path);

	if (dir == NULL)
		return 0;
	while ((e = readdir(dir)) != NULL) {
		if (!is_capture(e->d_name))
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		each(ctx, name);
		n++;
	}
	closedir(dir);
	return n;
}

unsigned captures_each(void (*each)(void *ctx, const char *path), void *ctx)
{
	static const char *const folders[][2] = {
		{ "top_srcdir", "pcaps" }, { "NFPCAP_SHARED", "corpus" },
		{ "NFPCAP_SHARED", "corpus/malformed" },
	};
	char path[PATH];
	unsigned n = 0;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		const char *base = getenv(folders[i][0]);

		if (base == NULL)
			continue;
		snprintf(path, sizeof(path), "%s/%s", base, folders[i][1]);
		n += folder(path, each, ctx);
	}
	return n;
}

bool captures_open(struct capture_reading *r, const char *path)
{
	const struct capture_opts opts = { .framer = &framer_ipfix, .quiet_steps = true };
	const struct nf_tracker_opts tracking = { .ahead = preread_next, .ahead_ctx = &r->ahead };
	struct nf_err err;

	*r = (struct capture_reading){ .path = path, .registry = nf_registry_new() };
	if (r->registry == NULL)
		return false;
	r->ahead = (struct preread){ .paths = &r->path, .n = 1, .opts = opts };
	r->tracker = nf_tracker_new(&tracking, r->registry);
	r->source = source_open(&r->path, 1, &opts, &err);
	if (r->tracker != NULL && r->source != NULL)
		return true;
	captures_close(r);
	return false;
}

void captures_close(struct capture_reading *r)
{
	source_close(r->source);
	preread_close(&r->ahead);
	nf_tracker_free(r->tracker);
	nf_registry_free(r->registry);
}

bool captures_datagram(struct capture_reading *r, struct nf_delivery *delivery)
{
	enum source_got got;
	struct nf_err err;

	while ((got = source_next(r->source, &r->datagram, &err)) != SOURCE_END)
		if (got == SOURCE_DATAGRAM &&
		    nf_tracker_feed(r->tracker, &r->datagram, delivery) == NF_REFUSAL_NONE)
			return true;
	return false;
}
