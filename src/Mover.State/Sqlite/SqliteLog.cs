using Microsoft.Extensions.Logging;

namespace Mover.State.Sqlite;

/// <summary>What the embedded engine tells an operator.</summary>
internal static partial class SqliteLog
{
    [LoggerMessage(1001, LogLevel.Information, "State file {Path} opened at revision {Revision}.")]
    public static partial void Opened(ILogger logger, string path, long revision);

    [LoggerMessage(1002, LogLevel.Debug, "Lease {LeaseId} lapsed.")]
    public static partial void LeaseLapsed(ILogger logger, long leaseId);

    [LoggerMessage(1003, LogLevel.Warning, "A lapsed lease could not be ended; trying again.")]
    public static partial void LapseFailed(ILogger logger, Exception fault);

    [LoggerMessage(1004, LogLevel.Warning, "Old watch history could not be dropped; trying again in a minute.")]
    public static partial void TrimFailed(ILogger logger, Exception fault);
}
