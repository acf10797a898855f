/* Ending calls early. */
#include "model/call.h"

void dm_call_cancel(struct dm_call *call)
{
    if (call)
        call->free(call);
}
