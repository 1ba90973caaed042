"""The part of clusapi.h that a resource DLL and its resource monitor share."""


cdef extern from "resapi_cy/clusapi.h" nogil:
    ctypedef enum CLUSTER_RESOURCE_STATE:
        ClusterResourceStateUnknown
        ClusterResourceInherited
        ClusterResourceInitializing
        ClusterResourceOnline
        ClusterResourceOffline
        ClusterResourceFailed
        ClusterResourcePending
        ClusterResourceOnlinePending
        ClusterResourceOfflinePending

    ctypedef enum CLUSTER_RESOURCE_RESTART_ACTION:
        ClusterResourceDontRestart
        ClusterResourceRestartNoNotify
        ClusterResourceRestartNotify
        ClusterResourceRestartActionCount
