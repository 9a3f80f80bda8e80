/* How many rows a constant table has. */
#ifndef STARTTRACE_BASE_TABLE_H
#define STARTTRACE_BASE_TABLE_H

#define TABLE_LENGTH(table) (sizeof(table) / sizeof((table)[0]))

#endif
