using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Recovery;
using Mover.Recovery.Agents;

namespace Mover.Cli.Recovery;

/// <summary>The first byte that a run of a drill copied.</summary>
/// <param name="Text">Which job, and how much it had copied when it was seen.</param>
/// <param name="At">When it was seen, as <see cref="Stopwatch.GetTimestamp"/>.</param>
internal sealed record FirstByte(string Text, long At);

/// <summary>The runs of a drill, as the control plane shows them.</summary>
internal sealed class DrillRuns(MoverClient client, DrillWait wait)
{
    private const int WatchedMax = 3;
    private const int NamedMax = 10;

    private readonly ConcurrentQueue<StartedJob> _started = new();

    /// <summary>Starts jobs and answers how many; <see cref="FirstByteAsync"/> sees each as soon as it is started.</summary>
    public async Task<(int Started, int Jobs)> StartAsync(
        JobEstate estate, IReadOnlyList<Grant> rights, CancellationToken cancel)
    {
        await foreach (var job in new Starts(client).RunAsync(estate, estate.Jobs, rights, again: false, onlyChecks: false, cancel))
        {
            _started.Enqueue(job);
        }

        return _started.FirstOrDefault(job => job.Outcome == StartOutcome.Blocked) is { } blocked
            ? throw new RecoveryException("JobBlocked", $"Cannot start the job {blocked.Job}: {string.Join(' ', blocked.Reasons)}",
                "Fix that and retry.")
            : (_started.Count(job => job.Outcome == StartOutcome.Started), _started.Count);
    }

    /// <summary>Waits for the first byte of any run. Looks at the first ones already while others are being started.</summary>
    public async Task<FirstByte> FirstByteAsync(Task starting, CancellationToken cancel)
    {
        while (!starting.IsCompleted)
        {
            foreach (var start in _started.Where(start => start.Run is not null).Take(WatchedMax))
            {
                if (await FindAsync(start.Run, cancel) is { Bytes: > 0 } run)
                {
                    return First(start, run.Bytes);
                }
            }

            await wait.PauseAsync(cancel);
        }

        return starting.IsCompletedSuccessfully
            ? await wait.ForAsync("the first byte", () => LookAsync(cancel), cancel)
            : throw new OperationCanceledException("Not all jobs were started.");
    }

    /// <summary>Waits until every run has ended, and answers how; one that did not succeed is a failure.</summary>
    public async Task<string> EndedAsync(CancellationToken cancel)
    {
        var (told, failed) = (new List<string>(), new List<string>());
        var (items, bytes) = (0L, 0L);
        foreach (var start in _started.Where(start => start.Run is not null))
        {
            var run = await wait.ForAsync(
                $"the end of {start.Job}",
                async () => await FindAsync(start.Run, cancel) is var seen && JobRunStatuses.IsTerminal(seen.Status) ? seen : null, cancel);
            told.Add($"{start.Job} {run.Status}, {run.Items} items, {run.Bytes} bytes");
            (items, bytes) = (items + run.Items, bytes + run.Bytes);
            if (run.Status != JobRunStatuses.Succeeded)
            {
                failed.Add($"{start.Job} ({run.Status})");
            }
        }

        return failed.Count > 0
            ? throw new RecoveryException(
                "RunFailed", $"{failed.Count} of {told.Count} runs did not succeed: {string.Join(", ", failed.Take(NamedMax))}.",
                "See `mover job-run failures` of each; the jobs fail in a recovery too.")
            : told.Count <= NamedMax
                ? string.Join("; ", told)
                : string.Create(CultureInfo.InvariantCulture, $"{told.Count} runs succeeded, {items} items, {bytes} bytes");
    }

    private async Task<FirstByte?> LookAsync(CancellationToken cancel)
    {
        var areOver = true;
        foreach (var start in _started.Where(start => start.Run is not null))
        {
            var run = await FindAsync(start.Run, cancel);
            if (run.Bytes > 0)
            {
                return First(start, run.Bytes);
            }

            if (JobRunStatuses.IsTerminal(run.Status) && run.Status != JobRunStatuses.Succeeded)
            {
                throw new RecoveryException("RunFailed", $"The run of {start.Job} ended with status {run.Status}.", $"See {start.Run}.");
            }

            areOver &= JobRunStatuses.IsTerminal(run.Status);
        }

        return areOver
            ? throw new RecoveryException(
                "NothingCopied", "No run copied a byte, so nothing is proven.", "Check that the sources have files.")
            : null;
    }

    private async Task<SeenRun> FindAsync(string? run, CancellationToken cancel)
    {
        var properties = ResourceId.TryParse(run, out var id) ? (await client.FindAsync(id, cancel))?["properties"] : null;
        return new(
            properties?["status"]?.ToString() ?? string.Empty, properties?["bytesTransferred"]?.GetValue<long>() ?? 0,
            properties?["itemsTransferred"]?.GetValue<long>() ?? 0);
    }

    private static FirstByte First(StartedJob start, long bytes) => new($"{start.Job}: {bytes} bytes", Stopwatch.GetTimestamp());

    private sealed record SeenRun(string Status, long Bytes, long Items);
}
