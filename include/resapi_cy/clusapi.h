/* The part of the Cluster API that a resource DLL and its resource monitor share.
 *
 * RESAPI_CY_SDK_HEADERS chooses where clusapi.h and resapi.h come from:
 *   1  Microsoft's Windows SDK (the default with Microsoft's compiler on Windows);
 *   0  the declarations in this folder (the default everywhere else; mingw-w64's own headers cannot
 *      serve: they do not compile for a current Windows and lack most of the callbacks).
 * abi.h asserts the same layouts, values and signatures over either.
 */
#ifndef RESAPI_CY_CLUSAPI_H
#define RESAPI_CY_CLUSAPI_H

#include "winbase.h"

#ifndef RESAPI_CY_SDK_HEADERS
#if defined(_WIN32) && defined(_MSC_VER)
#define RESAPI_CY_SDK_HEADERS 1
#else
#define RESAPI_CY_SDK_HEADERS 0
#endif
#endif

#if RESAPI_CY_SDK_HEADERS

#include <clusapi.h>

#else

#ifdef _CLUSTER_API_
#error "Include <clusapi.h> or resapi_cy/clusapi.h, not both: they declare the same names"
#endif

/* What state a resource is in. A resource DLL reports it, the monitor publishes it.
 * Pending and above are on their way to another state. */
typedef enum CLUSTER_RESOURCE_STATE {
    ClusterResourceStateUnknown = -1,
    ClusterResourceInherited = 0,
    ClusterResourceInitializing = 1,
    ClusterResourceOnline = 2,
    ClusterResourceOffline = 3,
    ClusterResourceFailed = 4,
    ClusterResourcePending = 128,
    ClusterResourceOnlinePending = 129,
    ClusterResourceOfflinePending = 130
} CLUSTER_RESOURCE_STATE;

/* What the monitor does about a failed resource: the RestartAction property. */
typedef enum CLUSTER_RESOURCE_RESTART_ACTION {
    ClusterResourceDontRestart = 0,
    ClusterResourceRestartNoNotify = 1,
    ClusterResourceRestartNotify = 2,
    ClusterResourceRestartActionCount = 3
} CLUSTER_RESOURCE_RESTART_ACTION;

#endif /* RESAPI_CY_SDK_HEADERS */

#endif /* RESAPI_CY_CLUSAPI_H */
