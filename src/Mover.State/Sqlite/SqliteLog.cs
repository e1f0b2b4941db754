using Microsoft.Extensions.Logging;

namespace Mover.State.Sqlite;

/// <summary>What the embedded engine tells an operator.</summary>
internal static partial class SqliteLog
{
    [LoggerMessage(1001, LogLevel.Information, "Opened state file {Path} at revision {Revision}.")]
    public static partial void Opened(ILogger logger, string path, long revision);

    [LoggerMessage(1002, LogLevel.Debug, "Lease {LeaseId} expired.")]
    public static partial void LeaseLapsed(ILogger logger, long leaseId);

    [LoggerMessage(1003, LogLevel.Warning, "Cannot end an expired lease; retrying.")]
    public static partial void LapseFailed(ILogger logger, Exception fault);

    [LoggerMessage(1004, LogLevel.Warning, "Cannot delete old watch history; retrying in a minute.")]
    public static partial void TrimFailed(ILogger logger, Exception fault);
}
