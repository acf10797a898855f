/* How the process's heap deals with memory that was freed. */
#ifndef DYNAMOD_BASE_HEAP_H
#define DYNAMOD_BASE_HEAP_H

/*
 * A page takes megabytes for a moment. By itself malloc returns them to the kernel at
 * once and has them faulted in again for the next page. From now on up to 16 MB stay at
 * the end of each of its arenas, and only blocks of 4 MB and more are mapped on their
 * own. For a program to decide, before it has threads; not for a library.
 */
void heap_keep_freed(void);

#endif
