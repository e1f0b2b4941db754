using Mover.Server.Background;

namespace Mover.Server.JobRuns;

/// <summary>Writes the reports that are held, once a second.</summary>
internal sealed class ReportFlushLoop(RunReports reports, TimeProvider clock, ILogger<ReportFlushLoop> logger)
    : TirelessLoop(RunReports.WriteInterval, clock, logger)
{
    /// <inheritdoc/>
    protected override Task WorkAsync(CancellationToken cancel) => reports.FlushAsync(cancel);
}
