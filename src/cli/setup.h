/* What reading files and watching an interface ask for alike before they begin: the key of digests, the policy, the
 * certificates to trust. */
#ifndef STARTTRACE_CLI_SETUP_H
#define STARTTRACE_CLI_SETUP_H

#include "cli/options.h"
#include "store/store.h"

enum {
	SETUP_KEY_MOST = 4096,
};

struct setup {
	uint8_t             key[SETUP_KEY_MOST];
	size_t              key_len;
	struct policy_file *policy;             /* NULL without one */
	struct x509_trust  *trust;              /* likewise */
};

/* Reads the files that the options name.  Before anything is written: a bad one is a usage error and leaves the
 * database alone. */
struct status setup_read(struct setup *setup, const struct options *options);

/* Wipes the key and frees the rest; also after a failure. */
void setup_free(struct setup *setup);

/* Without a word about a policy that of earlier runs stays in force; one that was given is kept with the run, so that
 * the next one finds it.  Commits.  After store_begin. */
struct status setup_policy(struct setup *setup, const struct options *options, struct store *store);

/* NULL without one; valid until setup_free. */
const struct policy *setup_policy_of(const struct setup *setup);

/* Borrows from both. */
struct engine_config setup_engine(const struct setup *setup, const struct options *options);

#endif
