using System.Text.Json;
using Mover.Core.AgentProtocol;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Server.JobRuns;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Simulation;

/// <summary>
/// Watches what the region that serves says of runs, and what agents do: a run has one owner, what has ended stays so, reports are what
/// the owner sent, a queue is first in first out, and a due time starts one run.
/// </summary>
internal sealed class RunCheck(World world)
{
    private const string JobRuns = "/jobruns/";

    private readonly Dictionary<string, string> _statuses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Epoch, long Sequence)> _claims = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _queued = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Epoch, string Process)> _opened = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _endedByAgent = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Dictionary<(long Epoch, long Sequence), RunReport>> _sent = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<(string Definition, DateTimeOffset Due), string> _due = [];

    public long Started { get; private set; }

    public long Ended { get; private set; }

    public long Effects { get; private set; }

    public long Scheduled => _due.Count;

    /// <summary>An agent sends a report: what is stored of the run has to be that.</summary>
    public void Send(byte[] body)
    {
        if (JsonSerializer.Deserialize(body, AgentProtocolJson.Default.RunReport) is { } report)
        {
            if (!_sent.TryGetValue(report.RunId, out var sent))
            {
                _sent[report.RunId] = sent = [];
            }

            sent[(report.Epoch, report.Sequence)] = report;
        }
    }

    /// <summary>An effect of a run at its target.</summary>
    public void Effect(Effect effect)
    {
        Effects++;
        var run = effect.RunId;
        world.Note("effect", $"{effect.Process.Name} {run[^8..]} {effect.Epoch} {effect.Operation} {effect.Path}");
        if (_opened.TryGetValue(run, out var newest)
            && (newest.Epoch > effect.Epoch || (newest.Epoch == effect.Epoch && newest.Process != effect.Process.Name)))
        {
            world.Violated(
                Rule.OneOwner, $"{effect.Process.Name} wrote for {run} in epoch {effect.Epoch} after {newest.Process} began in {newest.Epoch}.");
        }

        _opened[run] = (effect.Epoch, effect.Process.Name);
        if (_endedByAgent.TryGetValue(run, out var status))
        {
            world.Violated(Rule.EndedRuns, $"{effect.Process.Name} wrote for {run} in epoch {effect.Epoch}, which had ended as {status}.");
        }
    }

    /// <summary>Another region serves: what it says is what counts.</summary>
    public void Begin(RegionCheck region)
    {
        _statuses.Clear();
        _claims.Clear();
        _queued.Clear();
        foreach (var entry in region.State)
        {
            if (IsRun(entry.Key))
            {
                _statuses[entry.Key] = StatusOf(entry);
            }
            else if (entry.Key.StartsWith("queue/", StringComparison.Ordinal))
            {
                _queued.Add(entry.Key);
            }
            else if (entry.Key.StartsWith("claim/", StringComparison.Ordinal))
            {
                var claim = DocumentStore.Open(entry, RunsJson.Default.RunClaim).Value;
                _claims[entry.Key] = (claim.Epoch, claim.Sequence);
            }
        }
    }

    public void Look(RegionCheck region, IReadOnlyList<StateChange> changes)
    {
        RunClaim? claimed = null;
        var isClaim = false;
        foreach (var change in changes)
        {
            if (change.Key.StartsWith("claim/", StringComparison.Ordinal))
            {
                claimed = LookAtClaim(change);
                isClaim |= change.Entry is not null;
            }
        }

        foreach (var change in changes)
        {
            if (IsRun(change.Key))
            {
                LookAtRun(change, claimed, changes);
            }
            else if (change.Key.StartsWith("queue/", StringComparison.Ordinal))
            {
                LookAtQueue(change, isClaim);
            }
        }
    }

    /// <summary>Runs that are not over.</summary>
    public IEnumerable<string> Active => _statuses.Where(run => !JobRunStatuses.IsTerminal(run.Value)).Select(run => $"{run.Key} {run.Value}");

    public string? StatusOf(string run) => _statuses.GetValueOrDefault(run);

    private RunClaim? LookAtClaim(StateChange change)
    {
        if (change.Entry is not { } entry)
        {
            _claims.Remove(change.Key);
            return null;
        }

        var claim = DocumentStore.Open(entry, RunsJson.Default.RunClaim).Value;
        if (_claims.TryGetValue(change.Key, out var before) && (claim.Epoch, claim.Sequence).CompareTo(before) < 0)
        {
            world.Violated(Rule.Reports, $"The claim {change.Key} went from {before} back to {(claim.Epoch, claim.Sequence)}.");
        }

        _claims[change.Key] = (claim.Epoch, claim.Sequence);
        return claim;
    }

    private void LookAtRun(StateChange change, RunClaim? claim, IReadOnlyList<StateChange> changes)
    {
        if (change.Entry is not { } entry)
        {
            _statuses.Remove(change.Key);
            return;
        }

        var document = DocumentStore.Open(entry, MoverJson.Wire.JobRun);
        var run = document.Value.Properties ?? new();
        var status = run.Status ?? string.Empty;
        var isNew = !_statuses.TryGetValue(change.Key, out var before);
        _statuses[change.Key] = status;
        world.Tell("run", () => $"{change.Key[^12..]} {status} {claim?.Epoch}/{claim?.Sequence} {run.ItemsTransferred}/{run.ItemsScanned}");
        if (isNew)
        {
            Started++;
            if (run.ScheduledExecutionTime is { } due)
            {
                StartDue(document.Key.Text, change.Key, due);
            }

            return;
        }

        if (JobRunStatuses.IsTerminal(before) && status != before)
        {
            world.Violated(Rule.EndedRuns, $"{change.Key} was {before} and became {status}.");
        }

        var isEnd = JobRunStatuses.IsTerminal(status) && !JobRunStatuses.IsTerminal(before);
        Ended += isEnd ? 1 : 0;
        if (claim is { Sequence: > 0 })
        {
            LookAtReport(document.Key.Text, run, claim);
        }

        if (isEnd && run.Error?.Code != nameof(StatusCodes.ProgressNotSent)
            && run.Warnings?.Any(note => note.Code == RunEnds.StoppedCode) != true)
        {
            _endedByAgent[document.Key.Text] = status;
            if (run.ExecutionEndTime is not null)
            {
                LookAtEnd(document.Key.Text, run);
            }

            _sent.Remove(document.Key.Text);
        }
    }

    private void LookAtReport(string run, JobRunProperties shown, RunClaim claim)
    {
        if (_sent.GetValueOrDefault(run)?.GetValueOrDefault((claim.Epoch, claim.Sequence)) is not { } sent)
        {
            world.Violated(Rule.Reports, $"{run} shows report {claim.Sequence} of epoch {claim.Epoch}, which nobody sent.");
        }
        else if (!Shows(shown, sent.Counters))
        {
            world.Violated(
                Rule.Reports,
                $"{run} shows {shown.ItemsScanned} scanned and {shown.ItemsTransferred} transferred at {claim.Epoch}/{claim.Sequence}; its "
                    + $"owner said {sent.Counters.ItemsScanned} and {sent.Counters.ItemsTransferred}.");
        }
    }

    private void LookAtEnd(string run, JobRunProperties shown)
    {
        if (_sent.GetValueOrDefault(run)?.Values.Any(
            report => report.EndedAt is not null && report.Status.ToString() == shown.Status && Shows(shown, report.Counters)) != true)
        {
            world.Violated(
                Rule.Reports, $"{run} ended as {shown.Status} with {shown.ItemsTransferred} of {shown.ItemsScanned}; its owner did not say so.");
        }
    }

    private static bool Shows(JobRunProperties shown, TransferCounters counters) =>
        (shown.ItemsScanned, shown.ItemsTransferred, shown.ItemsFailed, shown.ItemsNoTransferNeeded, shown.BytesTransferred)
            == (counters.ItemsScanned, counters.ItemsTransferred, counters.ItemsFailed, counters.ItemsNoTransferNeeded,
                counters.BytesTransferred);

    private void StartDue(string run, string key, DateTimeOffset due)
    {
        var definition = key[..key.IndexOf(JobRuns, StringComparison.Ordinal)];
        if (_due.TryGetValue((definition, due), out var other) && other != run)
        {
            world.Violated(Rule.DueTimes, $"{definition} was due at {due:u} once, and {other} and {run} were started for it.");
        }

        _due[(definition, due)] = run;
    }

    private void LookAtQueue(StateChange change, bool isClaim)
    {
        var place = change.Key[..(change.Key.LastIndexOf('/') + 1)];
        if (change.Entry is not null)
        {
            if (_queued.GetViewBetween(place, place + "\uffff").Max is { } last && string.CompareOrdinal(last, change.Key) > 0)
            {
                world.Violated(Rule.Queue, $"{change.Key} was queued before {last}, which was there.");
            }

            _queued.Add(change.Key);
        }
        else if (_queued.Remove(change.Key) && isClaim
            && _queued.GetViewBetween(place, change.Key).Min is { } first)
        {
            world.Violated(Rule.Queue, $"{change.Key} was given out before {first}.");
        }
    }

    private static string StatusOf(StateEntry entry) =>
        DocumentStore.Open(entry, MoverJson.Wire.JobRun).Value.Properties?.Status ?? string.Empty;

    private static bool IsRun(string key) => key.StartsWith("/subscriptions/", StringComparison.Ordinal)
        && key.IndexOf(JobRuns, StringComparison.Ordinal) is > 0 and var at && key.IndexOf('/', at + JobRuns.Length) < 0;
}
