/*
 * Capture files built in memory (pcapng; framebuild.h has classic pcap), put on disk, and
 * read back through capture/.
 */
#ifndef TESTS_LIB_CAPBUILD_H
#define TESTS_LIB_CAPBUILD_H

#include "capture/merge.h"
#include "capture/order.h"
#include "lib/msgbuild.h"

/* --- pcapng --- */

struct ng {
	struct mb *out;
	bool big;
};

enum { NG_DEFAULT = -1, NG_NO_DROPS = -1 };

void ng_section(struct ng *ng);
void ng_interface(struct ng *ng, uint16_t linktype, uint32_t snaplen);
/* TSRESOL as in the option; NG_DEFAULT: no such option.  OFFSET 0: no such option. */
void ng_interface_clock(struct ng *ng, uint16_t linktype, int tsresol, int64_t offset);
void ng_packet(struct ng *ng, uint32_t interface, uint64_t ticks, struct nf_bytes frame);
/* With a comment, and epb_dropcount unless DROPS is NG_NO_DROPS. */
void ng_packet_options(struct ng *ng, uint32_t interface, uint64_t ticks, struct nf_bytes frame,
		       int64_t drops);
void ng_simple(struct ng *ng, uint32_t wirelen, struct nf_bytes frame);
void ng_old(struct ng *ng, uint16_t interface, uint16_t drops, uint64_t ticks,
	    struct nf_bytes frame);
void ng_statistics(struct ng *ng, uint32_t interface, uint64_t ifdrop, uint64_t osdrop);
void ng_block(struct ng *ng, uint32_t type, struct nf_bytes body);

/* --- files --- */

/* OCTETS in a file of its own, which cb_remove takes away again; NULL on failure. */
char *cb_file(struct nf_bytes octets);
void cb_remove(char *path);

/* Pack IN by "gzip", "zstd", "xz", "lz4" or "bzip2"; false if this build cannot. */
bool cb_pack(struct mb *out, const char *filter, struct nf_bytes in);

/* --- reading back --- */

struct cb_frame {
	struct frame f;		/* p is NULL */
	uint8_t first[16];	/* octets of the frame, as many as there are */
	uint32_t sum;		/* over all its octets */
};

struct cb_taken {
	struct cb_frame *frames;
	size_t n, cap;
	struct nf_err troubles[32];
	unsigned ntroubles;
	uint64_t drops;
};

uint32_t cb_sum(struct nf_bytes octets);

/* All frames of PATHS, merged; of one path through order.h, with OPTS. */
void cb_take(struct cb_taken *t, const char *const *paths, size_t n, const struct merge_opts *opts);
void cb_take_order(struct cb_taken *t, const char *path, const struct order_opts *opts);
/* Of a file that is made of OCTETS and goes away again. */
void cb_take_octets(struct cb_taken *t, struct nf_bytes octets, const struct order_opts *opts);
void cb_taken_done(struct cb_taken *t);

#endif
