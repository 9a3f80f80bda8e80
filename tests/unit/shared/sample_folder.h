/* A folder for each test or group of tests, from its setup to its teardown, which removes it with all that is in it. */
#ifndef STARTTRACE_TESTS_SAMPLE_FOLDER_H
#define STARTTRACE_TESTS_SAMPLE_FOLDER_H

/* Everybody may enter it and read there. */
extern char sample_folder[64];
int sample_setup(void **state);
int sample_teardown(void **state);

/* A path in it; the last sixteen stay valid. */
const char *sample_path(const char *name);

#endif
