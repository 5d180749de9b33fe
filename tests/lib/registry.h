/*
 * A registry for a group of tests.
 *
 *	cmocka_run_group_tests(tests, make_registry, free_registry)
 */
#ifndef TESTS_LIB_REGISTRY_H
#define TESTS_LIB_REGISTRY_H

#include "ie/ie.h"

static struct nf_registry *registry;

static inline int make_registry(void **state)
{
	(void)state;
	registry = nf_registry_new();
	return registry == NULL;
}

static inline int free_registry(void **state)
{
	(void)state;
	nf_registry_free(registry);
	return 0;
}

#endif
