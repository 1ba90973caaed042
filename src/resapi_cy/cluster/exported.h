/* What the stand-in libraries' sources share: how a function is exported, and what one does that is
 * not served. */
#ifndef RESAPI_CY_CLUSTER_EXPORTED_H
#define RESAPI_CY_CLUSTER_EXPORTED_H

#if defined(_WIN32)
#define EXPORTED extern "C" __declspec(dllexport)
#else
#define EXPORTED extern "C" __attribute__((visibility("default")))
#endif

#endif /* RESAPI_CY_CLUSTER_EXPORTED_H */
