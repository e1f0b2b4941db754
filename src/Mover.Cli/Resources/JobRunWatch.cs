using System.Globalization;
using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Progress;
using Mover.Client;
using Mover.Core.Arm;
using Mover.Core.Jobs;

namespace Mover.Cli.Resources;

/// <summary>Follows a job run until it ends, with a live line of progress.</summary>
internal sealed class JobRunWatch(ControlPlane plane, Terminal terminal, TimeSpan interval)
{
    /// <summary>Runs of a definition that are looked through for its last one.</summary>
    public const int RunsMax = 1000;

    /// <summary>Answers the run as it is at its end.</summary>
    public async Task<JsonObject> FollowAsync(ResourceId run, CancellationToken cancel)
    {
        using var line = new LiveLine(terminal);
        ProgressMeter? meter = null;
        while (true)
        {
            var document = await plane.Client.GetAsync(run, cancel);
            var status = document["properties"]?["status"]?.ToString();
            var isEnd = JobRunStatuses.IsTerminal(status);
            meter ??= new(terminal.Clock, isEnd || IsRetry(document) ? null : await FindLastAsync(run, cancel));
            line.Show((await ReadAsync(meter, run, document, status ?? "Unknown", cancel)).ToString());
            if (isEnd)
            {
                return document;
            }

            await Task.Delay(interval, terminal.Clock, cancel);
        }
    }

    // The names of runs are in no order, so that all are looked at; those beyond the limit only make the guess an older one.
    private async Task<RunSize?> FindLastAsync(ResourceId run, CancellationToken cancel)
    {
        var looked = 0;
        JsonObject? last = null;
        await foreach (var other in plane.Client.ListAsync($"{run.Parent}/jobRuns", cancel))
        {
            if (other["properties"]?["status"]?.ToString() == JobRunStatuses.Succeeded && !IsRetry(other) && EndOf(other) > EndOf(last))
            {
                last = other;
            }

            if (++looked == RunsMax)
            {
                break;
            }
        }

        return last is null ? null : RunSize.Of(CounterReport.Read(last));
    }

    // It is about a few items, which tells nothing of a run of all.
    private static bool IsRetry(JsonObject run) => RunVerdict.FindWarning(run, JobRetries.Code) is not null;

    private static DateTimeOffset EndOf(JsonObject? run) =>
        DateTimeOffset.TryParse(
            run?["properties"]?["executionEndTime"]?.ToString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end)
            ? end
            : DateTimeOffset.MinValue;

    private async Task<RunProgress> ReadAsync(
        ProgressMeter meter, ResourceId run, JsonObject document, string status, CancellationToken cancel)
    {
        var properties = document["properties"];
        var isScanned = properties?["scanStatus"]?.ToString() == "Completed";
        var mayDelete = isScanned && !JobRunStatuses.IsTerminal(status)
            && properties?["jobDefinitionProperties"]?["copyMode"]?.ToString() == "Mirror";
        var deletions = mayDelete ? await plane.Client.FindDeletionsAsync(run, cancel) : null;
        return meter.Read(status, CounterReport.Read(document), isScanned, deletions);
    }
}
