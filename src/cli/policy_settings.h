/* How settings of a policy file are read, with libconfig: kinds of values, and groups of settings as tables.  What is
 * wrong is said once, with file and line; the functions then return false.  For policy_file only. */
#ifndef STARTTRACE_CLI_POLICY_SETTINGS_H
#define STARTTRACE_CLI_POLICY_SETTINGS_H

#include "base/arena.h"
#include "base/status.h"

#include <libconfig.h>

/* On its way through a file.  The first trouble counts. */
struct reader {
	const char   *name;
	struct arena *arena;
	struct span   text;
	struct status status;
};

/* What one value is. */
struct kind {
	size_t size;
	bool (*take)(struct reader *reader, const config_setting_t *setting, void *into);
};

/* One setting of a group.  Of a list, the address of its first entry goes to `offset` and their number to `count`. */
struct field {
	const char        *name;
	const struct kind *kind;
	size_t             offset;
	size_t             count;       /* 0: a single value */
	bool               required;
};

/* A text, a name of a host, a network and so on, read into what its kind is named for. */
extern const struct kind kind_text;
extern const struct kind kind_name;
extern const struct kind kind_pattern;
extern const struct kind kind_domain;
extern const struct kind kind_network;
extern const struct kind kind_time;
extern const struct kind kind_version;
extern const struct kind kind_port;
extern const struct kind kind_record;
extern const struct kind kind_mode;
extern const struct kind kind_threshold;
extern const struct kind kind_per_mille;

/* Keeps what is wrong, with its line, as the reader's status, unless something was wrong before; both return false. */
bool policy_refuse(struct reader *reader, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool policy_refuse_setting(struct reader *reader, const config_setting_t *setting, const char *why);

/* A list of values of one kind, in the reader's arena; an empty one is refused. */
bool policy_take_list(struct reader *reader, const config_setting_t *setting, const struct kind *kind,
	const void **list_r, size_t *count_r);

/* A group whose settings are those of the table; a setting that is not in it is refused, and so is a group without one
 * that is required. */
bool policy_take_group(struct reader *reader, const config_setting_t *group, const struct field *fields, size_t count,
	void *into);

#endif
