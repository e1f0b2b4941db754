using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Mover.SystemTests.Harness;

namespace Mover.SystemTests.Faults.Regions;

/// <summary>How a command to take over ended.</summary>
/// <param name="Epoch">The epoch in which the region serves; null when it was refused.</param>
/// <param name="CompleteAt">What the command said of what may be lost; null for nothing.</param>
/// <param name="Began">When it was given, on the clients' clock.</param>
/// <param name="Told">What it wrote.</param>
internal sealed record Taken(long? Epoch, DateTimeOffset? CompleteAt, long Began, string Told)
{
    public bool IsDone => Epoch is not null;
}

/// <summary>Does to a pair of regions what faults are made of, and writes down what matters to the check.</summary>
internal sealed class RegionDriver(RegionCluster cluster, FaultLoad load)
{
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan TakenMax = TimeSpan.FromMinutes(2);
    private int _probes;

    public RegionCluster Cluster => cluster;

    public RegionEvents Events { get; } = RegionEvents.Begin();

    /// <summary>The region that serves, as this knows it.</summary>
    public FaultRegion Serving { get; private set; } = cluster.East;

    public FaultRegion Standby => cluster.PairOf(Serving);

    /// <summary>What else is worth a word in the line of the fault that is under way.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Gives the command at a region that takes over; whoever serves then is known only when it succeeds.</summary>
    public async Task<Taken> TakeAsync(FaultRegion to, params string[] flags)
    {
        using var stop = new CancellationTokenSource();
        var (from, began) = (Serving, TimeProvider.System.GetTimestamp());
        var probe = load.ProbeAsync($"probe-{_probes++}", cluster.FirstOf(to), to.Name, stop.Token);
        var (exitCode, output) = await ChildProcess.RunMoverAsync(["region", "failover", .. flags, "--yes", "--output", "json", "--data", to.Data]);
        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        if (exitCode != 0)
        {
            Notes.Add(string.Create(CultureInfo.InvariantCulture, $"refused after {seconds:F1} s ({output.ReplaceLineEndings(" ").Trim()})"));
            await stop.CancelAsync();
            await probe;
            return new(null, null, began, output);
        }

        var done = JsonNode.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..])!;
        var taken = new Taken(done["epoch"]!.GetValue<long>(), done["completeAt"]?.GetValue<DateTimeOffset>(), began, output);
        Assert.Equal(flags.Contains("--unplanned", StringComparer.Ordinal), taken.CompleteAt is not null);
        Events.Reigns.Add(new(to.Name, taken.Epoch!.Value, began, taken.CompleteAt is null) { IsTaken = true });
        Serving = to;
        stop.CancelAfter(TakenMax);
        await probe;
        Notes.Add(string.Create(CultureInfo.InvariantCulture, $"{from.Name} to {to.Name} in epoch {taken.Epoch}, command {seconds:F1} s"));
        return taken;
    }

    /// <summary>A planned move that has to succeed.</summary>
    public async Task MoveAsync()
    {
        await cluster.UntilCopiedAsync(Standby);
        var (from, taken) = (Serving, await TakeAsync(Standby));
        Assert.True(taken.IsDone, $"{taken.Told}\n{cluster.Logs}");
        await cluster.UntilServingAsync(Serving);
        await cluster.UntilCopiedAsync(from);
        await NothingDivergedAsync();
    }

    /// <summary>Takes over from the region that serves, which cannot help.</summary>
    public async Task<Fork> TakeOverAsync(bool livesOn = false, params string[] flags)
    {
        var (lost, reign, bases) = (Serving, Events.Reigns.FindLast(one => one.Region == Serving.Name), await BasesAsync(Standby));
        var taken = await TakeAsync(Standby, ["--unplanned", lost.Name, .. flags]);
        Assert.True(taken.IsDone, $"{taken.Told}\n{cluster.Logs}");
        return new()
        {
            Lost = lost.Name, LivedOn = livesOn, Epoch = reign!.Epoch, From = reign.From, TakenOver = taken.Began, Closed = long.MaxValue, Bases = bases,
            CompleteAt = Events.TimestampOf(taken.CompleteAt!.Value), Listed = Array.Empty<ListedDocument>().ToLookup(one => one.Key, StringComparer.Ordinal),
        };
    }

    /// <summary>The region that was given up is there again: waits until it is the standby, and reads what it had.</summary>
    public async Task CloseAsync(Fork fork)
    {
        await cluster.UntilServingAsync(Serving);
        await cluster.UntilCopiedAsync(Standby);
        Assert.Equal(fork.Lost, Standby.Name);
        var listed = await cluster.DivergedAsync(Standby);
        Events.Forks.Add(fork with
        {
            Closed = TimeProvider.System.GetTimestamp(), Listed = listed.ToLookup(one => one.Key, StringComparer.Ordinal),
        });
        foreach (var epoch in listed.Select(one => one.Epoch).Append(fork.Epoch).Distinct())
        {
            await cluster.DropDivergedAsync(Standby, epoch);
        }
    }

    /// <summary>The region that served does so by itself, in another epoch perhaps.</summary>
    public async Task GoesOnAsync(long since)
    {
        await cluster.UntilServingAsync(Serving);
        await cluster.UntilCopiedAsync(Standby);
        var status = await cluster.StatusAsync(Serving.Urls[0]);
        Events.Reigns.Add(new(Serving.Name, status!["epoch"]!.GetValue<long>(), since, IsPlanned: true));
        await NothingDivergedAsync();
    }

    /// <summary>Nothing that was acknowledged is left behind.</summary>
    public async Task NothingDivergedAsync()
    {
        foreach (var region in new[] { cluster.East, cluster.West })
        {
            var status = await cluster.StatusAsync(region.Urls[0]);
            Assert.True(status?["diverged"]?.AsArray().Count == 0, $"{region.Name}: {status?.ToJsonString()}\n{cluster.Logs}");
        }
    }

    /// <summary>Waits until the region that serves has begun to hand over.</summary>
    public Task UntilDrainedAsync(FaultRegion region, int before, Task<Taken> taking) =>
        cluster.UntilAsync(() => Task.FromResult((region.Drains > before || taking.IsCompleted, $"{region.Name} was not drained.")));

    // What a standby has of the lasting keys when the other region does not answer: nothing is added from there on.
    private async Task<IReadOnlyDictionary<string, long>> BasesAsync(FaultRegion standby)
    {
        using var reader = new LoadClient(cluster, new ConcurrentQueue<Attempt>(), cluster.FirstOf(standby), number: 0, stays: true);
        var (before, bases) = (string.Empty, new Dictionary<string, long>(StringComparer.Ordinal));
        await cluster.UntilAsync(async () =>
        {
            var isCopy = true;
            foreach (var key in FaultLoad.Lasting)
            {
                var read = (await reader.ReadAsync(key))?.Attempt;
                isCopy &= read?.StaleAsOf is not null;
                bases[key] = read?.Version ?? -1;
            }

            var now = string.Join(' ', bases.Select(one => $"{one.Key}={one.Value}"));
            var isSame = now == before;
            before = now;
            await (isCopy && isSame ? Task.CompletedTask : Task.Delay(Apart, TimeProvider.System));
            return (isCopy && isSame, $"{standby.Name} does not read from its copy: {now}");
        });
        return bases;
    }
}
