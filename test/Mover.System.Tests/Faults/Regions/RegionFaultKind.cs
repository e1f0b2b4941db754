namespace Mover.SystemTests.Faults.Regions;

/// <summary>A fault of a schedule: of what kind, in which of its forms, and for how long.</summary>
internal sealed record PlannedRegionFault(RegionFaultKind Kind, int Form, TimeSpan Duration)
{
    public string Name => Kind.Forms[Form];

    public override string ToString() => Name;
}

/// <summary>What can happen to a pair of regions. When it is over both live, one serves, and the other has a copy of all.</summary>
/// <param name="Forms">In a few words, for tables: one for each form that it has.</param>
/// <param name="CarryOutAsync">Carries out one of them.</param>
internal sealed record RegionFaultKind(string[] Forms, Func<RegionDriver, int, TimeSpan, Task> CarryOutAsync)
{
    private const int LossPercent = 20;
    private const int SlowKilobytes = 64;

    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    public static IReadOnlyList<RegionFaultKind> All { get; } =
    [
        new(["planned move and back"], async (driver, _, duration) =>
        {
            await driver.MoveAsync();
            await WaitAsync(duration);
            await driver.MoveAsync();
        }),
        new(["region killed, taken over, back"], async (driver, _, duration) =>
        {
            var lost = driver.Serving;
            await lost.KillAsync();
            var fork = await driver.TakeOverAsync();
            await WaitAsync(duration);
            await lost.StartAsync(driver.Serving);
            await driver.CloseAsync(fork);
            await driver.MoveAsync();
        }),
        new(["link cut", "link cut towards the standby", "link cut towards the one that serves"], CutAsync),
        new(["planned move, slow link", "planned move, 20 % of packets lost"], MoveSlowlyAsync),
        new(["serving region killed while it hands over", "serving region killed while it hands over, slow link"], KillInHandoverAsync),
        new(["standby killed while it takes over"], KillTakerAsync),
        new(["both regions killed and back", "both regions killed and back after a failover"], KillBothAsync),
        new(["region paused, taken over, goes on"], async (driver, _, duration) =>
        {
            var lost = driver.Serving;
            lost.Pause();
            var fork = await driver.TakeOverAsync(livesOn: true);
            await WaitAsync(duration);
            lost.Resume();
            await driver.CloseAsync(fork);
            await driver.MoveAsync();
        }),
        new(["link cut, taken over while both live"], async (driver, _, duration) =>
        {
            await Task.WhenAll(
                driver.Cluster.CutAsync(driver.Serving, driver.Standby), driver.Cluster.CutAsync(driver.Standby, driver.Serving));
            var fork = await driver.TakeOverAsync(livesOn: true, "--force");
            await WaitAsync(duration);
            await driver.Cluster.Network.HealAsync();
            await driver.CloseAsync(fork);
            await driver.MoveAsync();
        }),
    ];

    /// <summary>Faults from a seed.</summary>
    public static IEnumerable<PlannedRegionFault> Of(int seed, int count)
    {
        var random = new Random(seed);
        foreach (var kind in FaultSchedule.Rounds(random, All).Take(count))
        {
            yield return new(kind, random.Next(kind.Forms.Length), Shortest + ((Longest - Shortest) * random.NextDouble()));
        }
    }

    // The load sees that the standby reads from its copy and refuses to write; here it has to do so soon.
    private static async Task CutAsync(RegionDriver driver, int form, TimeSpan duration)
    {
        var (cluster, serving, standby) = (driver.Cluster, driver.Serving, driver.Standby);
        await Task.WhenAll(
            form == 2 ? Task.CompletedTask : cluster.CutAsync(serving, standby), form == 1 ? Task.CompletedTask : cluster.CutAsync(standby, serving));
        await StandsAloneAsync(driver, standby);
        await WaitAsync(duration);
        await cluster.Network.HealAsync();
        await cluster.UntilCopiedAsync(standby);
        await driver.NothingDivergedAsync();
    }

    private static async Task StandsAloneAsync(RegionDriver driver, FaultRegion standby)
    {
        using var http = driver.Cluster.NewHttp();
        var at = driver.Cluster.At(driver.Cluster.FirstOf(standby), "never-written");
        var (read, written, body) = (string.Empty, 0, string.Empty);
        await driver.Cluster.UntilAsync(async () =>
        {
            using var reading = await http.GetAsync(at);
            using var content = System.Net.Http.Json.JsonContent.Create(new System.Text.Json.Nodes.JsonObject());
            using var writing = await http.PutAsync(at, content);
            read = reading.Headers.TryGetValues("x-ms-mover-stale-as-of", out var asOf) ? asOf.First() : string.Empty;
            (written, body) = ((int)writing.StatusCode, await writing.Content.ReadAsStringAsync());
            return (read.Length > 0 && written == 503 && body.Contains("RegionUnavailable", StringComparison.Ordinal),
                $"{standby.Name} answers reads as of '{read}', and writes with {written} {body}");
        });
    }

    // It may be refused; then the region that was drained serves again by itself.
    private static async Task MoveSlowlyAsync(RegionDriver driver, int form, TimeSpan duration)
    {
        var (serving, standby, drains) = (driver.Serving, driver.Standby, driver.Serving.Drains);
        await driver.Cluster.SlowAsync(form == 0 ? SlowKilobytes : SlowKilobytes * 16, form == 0 ? 1 : LossPercent);
        await WaitAsync(duration);
        var taken = await driver.TakeAsync(standby);
        await driver.Cluster.Network.HealAsync();
        if (!taken.IsDone)
        {
            await (serving.Drains > drains ? driver.GoesOnAsync(taken.Began) : Task.CompletedTask);
            return;
        }

        await driver.Cluster.UntilCopiedAsync(serving);
        await driver.NothingDivergedAsync();
        await driver.MoveAsync();
    }

    private static async Task KillInHandoverAsync(RegionDriver driver, int form, TimeSpan duration)
    {
        var (serving, standby, drains) = (driver.Serving, driver.Standby, driver.Serving.Drains);
        await (form == 1 ? driver.Cluster.SlowAsync(SlowKilobytes / 4, 1) : Task.CompletedTask);
        var taking = driver.TakeAsync(standby);
        await driver.UntilDrainedAsync(serving, drains, taking);
        await serving.KillAsync();
        var taken = await taking;
        await driver.Cluster.Network.HealAsync();
        var fork = taken.IsDone ? null : await driver.TakeOverAsync();
        await WaitAsync(duration);
        await serving.StartAsync(standby);
        if (fork is null)
        {
            await driver.Cluster.UntilCopiedAsync(serving);
            await driver.NothingDivergedAsync();
        }
        else
        {
            await driver.CloseAsync(fork);
        }

        await driver.MoveAsync();
    }

    private static async Task KillTakerAsync(RegionDriver driver, int form, TimeSpan duration)
    {
        var (serving, standby, drains) = (driver.Serving, driver.Standby, driver.Serving.Drains);
        await driver.Cluster.SlowAsync(SlowKilobytes / 4, 1);
        var taking = driver.TakeAsync(standby);
        await driver.UntilDrainedAsync(serving, drains, taking);
        await standby.KillAsync();
        var taken = await taking;
        await driver.Cluster.Network.HealAsync();
        await WaitAsync(duration);
        await standby.StartAsync(serving);
        if (taken.IsDone)
        {
            await driver.Cluster.UntilServingAsync(standby);
            await driver.MoveAsync();
        }
        else
        {
            await driver.GoesOnAsync(taken.Began);
        }
    }

    private static async Task KillBothAsync(RegionDriver driver, int form, TimeSpan duration)
    {
        var (serving, standby) = (driver.Serving, driver.Standby);
        Fork? fork = null;
        if (form == 1)
        {
            await serving.KillAsync();
            fork = await driver.TakeOverAsync();
            await WaitAsync(duration);
            await standby.KillAsync();
        }
        else
        {
            await Task.WhenAll(serving.KillAsync(), standby.KillAsync());
        }

        var since = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(serving.StartAsync(standby), standby.StartAsync(serving));
        if (fork is null)
        {
            await driver.GoesOnAsync(since);
        }
        else
        {
            await driver.CloseAsync(fork);
            await driver.MoveAsync();
        }
    }

    private static Task WaitAsync(TimeSpan duration) => Task.Delay(duration, TimeProvider.System);
}
