using Microsoft.Extensions.Logging;

namespace Mover.State.Etcd;

/// <summary>What the engine over etcd tells an operator.</summary>
internal static partial class EtcdLog
{
    [LoggerMessage(1011, LogLevel.Information, "Opened the state in etcd under {Prefix} at revision {Revision}.")]
    public static partial void Opened(ILogger logger, string prefix, long revision);

    [LoggerMessage(1012, LogLevel.Warning, "The etcd at {Endpoint} does not respond properly ({Reason}); trying other members first.")]
    public static partial void EndpointFailed(ILogger logger, Uri endpoint, string reason);

    [LoggerMessage(1013, LogLevel.Information, "The etcd at {Endpoint} is healthy and in use.")]
    public static partial void EndpointIsBack(ILogger logger, Uri endpoint);

    [LoggerMessage(1014, LogLevel.Error, "Not using the etcd at {Endpoint}: {Reason}")]
    public static partial void EndpointRefused(ILogger logger, Uri endpoint, string reason);

    [LoggerMessage(1015, LogLevel.Debug, "The watch of {Prefix} continued on another member after revision {Revision} ({Reason}).")]
    public static partial void WatchMoved(ILogger logger, string prefix, long revision, string reason);

    [LoggerMessage(1016, LogLevel.Debug, "Compacted watch history up to revision {Revision}.")]
    public static partial void Compacted(ILogger logger, long revision);

    [LoggerMessage(1017, LogLevel.Warning, "Cannot compact old watch history in etcd; retrying later.")]
    public static partial void CompactionFailed(ILogger logger, Exception fault);

    [LoggerMessage(1018, LogLevel.Debug, "Cannot read the revision from etcd.")]
    public static partial void PulseFailed(ILogger logger, Exception fault);
}
