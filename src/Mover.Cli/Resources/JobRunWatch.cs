using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Progress;
using Mover.Core.Arm;
using Mover.Core.Jobs;

namespace Mover.Cli.Resources;

/// <summary>Follows a job run until it ends, with a live line of progress.</summary>
internal sealed class JobRunWatch(ControlPlane plane, Terminal terminal, TimeSpan interval)
{
    private readonly RateMeter _items = new(terminal.Clock);
    private readonly RateMeter _bytes = new(terminal.Clock);

    /// <summary>Answers the run as it is at its end.</summary>
    public async Task<JsonObject> FollowAsync(ResourceId run, CancellationToken cancel)
    {
        using var line = new LiveLine(terminal);
        while (true)
        {
            var document = await plane.Client.GetAsync(run, cancel);
            var status = document["properties"]?["status"]?.ToString();
            line.Show(Progress(document, status ?? "Unknown").ToString());
            if (JobRunStatuses.IsTerminal(status))
            {
                return document;
            }

            await Task.Delay(interval, terminal.Clock, cancel);
        }
    }

    /// <summary>0 when the run succeeded with every item arrived, else what a script should know.</summary>
    public static int ExitCodeOf(JsonObject run) => run["properties"]?["status"]?.ToString() switch
    {
        JobRunStatuses.Succeeded => CounterReport.Read(run).ItemsFailed > 0 ? ExitCodes.Incomplete : ExitCodes.Ok,
        _ => ExitCodes.Incomplete,
    };

    private RunProgress Progress(JsonObject document, string status)
    {
        var counters = CounterReport.Read(document);
        var isScanned = document["properties"]?["scanStatus"]?.ToString() == "Completed";
        var done = counters.ItemsTransferred
            + counters.ItemsNoTransferNeeded + counters.ItemsFailed + counters.ItemsUnsupported + counters.ItemsExcluded;
        return new(status, counters, isScanned, _items.Read(done), _bytes.Read(counters.BytesTransferred));
    }
}
