using System.Globalization;
using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Progress;
using Mover.Client;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;

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
        var outage = new WatchedOutage(terminal.Clock, line);
        var agent = new WatchedAgent(plane, terminal.Clock, line);
        ProgressMeter? meter = null;
        while (true)
        {
            if (await outage.AskAsync(() => LookAsync(run, agent, needsLast: meter is null, cancel)) is { } seen)
            {
                meter ??= new(terminal.Clock, seen.Last);
                line.Show(meter.Read(
                    seen.Status ?? "Unknown", CounterReport.Read(seen.Run), IsScanned(seen.Run), seen.Progress).ToString());
                if (JobRunStatuses.IsTerminal(seen.Status))
                {
                    return seen.Run;
                }
            }

            await Task.Delay(interval, terminal.Clock, cancel);
        }
    }

    private async Task<Look> LookAsync(ResourceId run, WatchedAgent agent, bool needsLast, CancellationToken cancel)
    {
        var document = await plane.Client.GetAsync(run, cancel);
        var status = StatusOf(document);
        if (JobRunStatuses.IsTerminal(status))
        {
            return new(document, status, new(), null);
        }

        await agent.LookAsync(document, cancel);
        return new(
            document, status, await plane.Client.FindProgressAsync(run, cancel),
            needsLast && !IsRetry(document) ? await FindLastAsync(run, cancel) : null);
    }

    // The names of runs are in no order, so that all are looked at; those beyond the limit only make the guess an older one.
    private async Task<RunSize?> FindLastAsync(ResourceId run, CancellationToken cancel)
    {
        var looked = 0;
        JsonObject? last = null;
        await foreach (var other in plane.Client.ListAsync($"{run.Parent}/{JobRun.Described.Collection}", cancel))
        {
            if (StatusOf(other) == JobRunStatuses.Succeeded && !IsRetry(other) && EndOf(other) > EndOf(last))
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
    private static bool IsRetry(JsonObject run) => RunVerdict.HasWarning(run, JobRetries.Code);

    private static DateTimeOffset EndOf(JsonObject? run) =>
        DateTimeOffset.TryParse(
            run?["properties"]?["executionEndTime"]?.ToString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end)
            ? end
            : DateTimeOffset.MinValue;

    private static string? StatusOf(JsonObject run) => run["properties"]?["status"]?.ToString();

    private static bool IsScanned(JsonObject run) => run["properties"]?["scanStatus"]?.ToString() == "Completed";

    /// <summary>A run as it was seen.</summary>
    /// <param name="Run">The resource.</param>
    /// <param name="Status">Its status.</param>
    /// <param name="Progress">What its resource does not say.</param>
    /// <param name="Last">What the last run scanned, when it was asked for and is known.</param>
    private sealed record Look(JsonObject Run, string? Status, RunProgressAnswer Progress, RunSize? Last);
}
