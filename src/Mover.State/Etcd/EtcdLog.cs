using Microsoft.Extensions.Logging;

namespace Mover.State.Etcd;

/// <summary>What the engine over etcd tells an operator.</summary>
internal static partial class EtcdLog
{
    [LoggerMessage(1011, LogLevel.Information, "State in etcd under {Prefix} opened at revision {Revision}.")]
    public static partial void Opened(ILogger logger, string prefix, long revision);

    [LoggerMessage(1012, LogLevel.Warning, "The etcd at {Endpoint} did not answer as it should ({Reason}); the others are asked first.")]
    public static partial void EndpointFailed(ILogger logger, Uri endpoint, string reason);

    [LoggerMessage(1013, LogLevel.Information, "The etcd at {Endpoint} is well and in use.")]
    public static partial void EndpointIsBack(ILogger logger, Uri endpoint);

    [LoggerMessage(1014, LogLevel.Error, "The etcd at {Endpoint} is not used. {Reason}")]
    public static partial void EndpointRefused(ILogger logger, Uri endpoint, string reason);

    [LoggerMessage(1015, LogLevel.Debug, "A watch of {Prefix} went on at another member after revision {Revision} ({Reason}).")]
    public static partial void WatchMoved(ILogger logger, string prefix, long revision, string reason);

    [LoggerMessage(1016, LogLevel.Debug, "Watch history up to revision {Revision} was dropped.")]
    public static partial void Compacted(ILogger logger, long revision);

    [LoggerMessage(1017, LogLevel.Warning, "Old watch history in etcd could not be dropped; trying again later.")]
    public static partial void CompactionFailed(ILogger logger, Exception fault);

    [LoggerMessage(1018, LogLevel.Debug, "etcd could not be asked for its revision.")]
    public static partial void PulseFailed(ILogger logger, Exception fault);
}
