/*
 * Exporters: exporter > session > domain, with what each of them adds up to; all that is known of
 * the selected one.
 */
#ifndef TUI_SCREEN_EXPORTERS_H
#define TUI_SCREEN_EXPORTERS_H

#include "model/exporters.h"
#include "tui/app.h"
#include "tui/detail.h"

enum exporters_column {
	XCOL_NAME, XCOL_VERSION, XCOL_MESSAGES, XCOL_OCTETS, XCOL_FLOWS, XCOL_OPTIONS,
	XCOL_TEMPLATES, XCOL_LOST, XCOL_LOSS, XCOL_UNDECODED, XCOL_RESTARTS, XCOL_CLOCK,
	XCOL_FIRST, XCOL_LAST,
	XCOLS
};

enum exporters_level { LEVEL_EXPORTER, LEVEL_SESSION, LEVEL_DOMAIN };

/* What domains add up to. */
struct exporters_figures {
	uint64_t messages, octets, flows, options;
	uint64_t templates;		/* copies, and those of options */
	uint64_t data_sets, undecoded, restarts;
	struct exporters_loss loss;
	bool measured;			/* numbers tell of loss */
	bool odd;			/* they count something that they should not */
	int64_t first_ns, last_ns;
	uint32_t versions;		/* bit N: NetFlow N; 10: IPFIX */
};

struct exporters_node {
	const struct exporters_domain *const *domains;	/* those of it */
	size_t n;
	const struct exporters_node *parent;	/* NULL: an exporter */
	uint8_t level;				/* enum exporters_level */
	size_t natural;				/* where it stands as they were met */
	uint64_t key;				/* of the column by which they are in order */
	struct exporters_figures figures;
};

/* 0: it opens if it has few parts. */
enum exporters_open { OPEN_USUAL, OPEN_YES, OPEN_NO };

struct exporters_screen {
	struct screen screen;
	struct detail detail;
	const struct exporters_domain **all;	/* as exporters_order has them */
	size_t n, cap;
	struct exporters_node *nodes;		/* parts behind what they are parts of */
	size_t nnodes, nodes_cap;
	const struct exporters_node **lines;	/* those that nothing closed hides, in order */
	size_t nlines, lines_cap;
	/* enum exporters_open of exporters and sessions, by index */
	uint8_t *open[2];
	size_t nopen[2];
	bool settled;
	bool sorted, descending;		/* by grid.sort_column; else as they were met */
	/* what the text is of, as it was then */
	const struct exporters_domain *described;
	unsigned described_level;
	bool described_settled;
};

/* -- exporters_list.c -------------------------------------------------------------------- */

extern const struct grid_column exporters_columns[XCOLS];
extern const struct grid_ops exporters_grid_ops;

/* What is known by now; the same line stays selected. */
void exporters_refill(struct exporters_screen *x);

/* The lines anew: something was opened or closed, or has another order. */
void exporters_list(struct exporters_screen *x);

const struct exporters_node *exporters_selected(const struct exporters_screen *x);

bool exporters_is_open(const struct exporters_screen *x, const struct exporters_node *node);
void exporters_open_node(struct exporters_screen *x, const struct exporters_node *node, bool open);

/* -- exporters_text.c -------------------------------------------------------------------- */

/* The text of the selected line. */
void exporters_describe(struct exporters_screen *x);

#endif
