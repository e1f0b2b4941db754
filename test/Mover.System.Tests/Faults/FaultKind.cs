namespace Mover.SystemTests.Faults;

/// <summary>What can happen to a zone, and how it is brought about. It lasts until everything is healed.</summary>
/// <param name="Name">In a few words, for tables.</param>
/// <param name="BeginAsync">Brings it about at the first zone; the second is another one. Ends when it has begun, or has passed by itself.</param>
internal sealed record FaultKind(string Name, Func<ZoneCluster, Zone, Zone, TimeSpan, Task> BeginAsync)
{
    private const int LossPercent = 20;

    /// <summary>All zones refuse writes while it lasts.</summary>
    public bool IsOfAll { get; init; }

    /// <summary>Needs servers whose clocks can be set, which costs them more than twice the CPU.</summary>
    public bool SetsClock { get; init; }

    private static readonly TimeSpan Jump = TimeSpan.FromHours(1);

    /// <summary>All that can be brought about here.</summary>
    public static IReadOnlyList<FaultKind> All { get; } =
    [
        new("server killed", (_, zone, _, _) => zone.Server!.KillAsync()),
        new("member killed", (_, zone, _, _) => zone.Member!.KillAsync()),
        new("zone killed", (_, zone, _, _) => Task.WhenAll(zone.Member!.KillAsync(), zone.Server!.KillAsync())),
        new("server stopped", (_, zone, _, _) => Do(zone.Server!.Pause)),
        new("member stopped", (_, zone, _, _) => Do(zone.Member!.Pause)),
        new("zone stopped", (_, zone, _, _) => Do(zone.Member!.Pause, zone.Server!.Pause)),
        new("zone cut from the other zones", (cluster, zone, _, _) => CutAsync(cluster, zone, Others(zone), Others(zone))),
        new("zone cut from everybody", (cluster, zone, _, _) => CutAsync(cluster, zone, [.. Others(zone), ZoneNetwork.Client], Others(zone))),
        new("nothing arrives from the other zones", (cluster, zone, _, _) => CutAsync(cluster, zone, Others(zone), [])),
        new("nothing arrives at the other zones", (cluster, zone, _, _) => CutAsync(cluster, zone, [], Others(zone))),
        new("two zones cut from each other", (cluster, zone, other, _) => CutAsync(cluster, zone, [other.Number], [other.Number])),
        new("20 % of packets lost", (cluster, zone, _, _) => CutAsync(cluster, zone, [.. Others(zone), ZoneNetwork.Client], Others(zone), LossPercent)),
        new("slow link (1 Mbit/s)", (cluster, zone, _, _) => cluster.Network.SlowAsync(zone.Number, "1mbit")),
        new("disk stalled", (_, zone, _, duration) => zone.Disk.StallAsync(duration)),
        new("disk full", (_, zone, _, _) => zone.Disk.FillAsync()),
        new("server killed, member of another zone stopped", (_, zone, other, _) => Task.WhenAll(zone.Server!.KillAsync(), Do(other.Member!.Pause))),
        new("packets lost, server of another zone killed", (cluster, zone, other, _) =>
            Task.WhenAll(CutAsync(cluster, zone, Others(zone), Others(zone), LossPercent), other.Server!.KillAsync())),
        new("disk stalled, server of another zone stopped", (_, zone, other, duration) => Task.WhenAll(Do(other.Server!.Pause), zone.Disk.StallAsync(duration))),
        new("quota of etcd full", async (cluster, _, _, duration) =>
        {
            await cluster.Quota.FillAsync();
            await cluster.UntilFullAsync();
            await Task.Delay(duration, TimeProvider.System);
        }) { IsOfAll = true },
        .. ZoneClock.CanBeSet ? OfClocks() : [],
    ];

    /// <summary>Ends whatever fault there is, and waits until all serve.</summary>
    public static async Task HealAsync(ZoneCluster cluster)
    {
        await cluster.Network.HealAsync();
        await cluster.Quota.FreeAsync();
        foreach (var zone in cluster.Zones)
        {
            zone.Member!.Resume();
            zone.Server!.Resume();
            zone.Clock.Set(TimeSpan.Zero);
            await zone.Disk.MakeRoomAsync();
        }

        await cluster.RecoverAsync();
    }

    private static IEnumerable<FaultKind> OfClocks() =>
    [
        new("server's clock an hour ahead", (cluster, zone, _, _) => cluster.SetClockAsync(zone, Jump)) { SetsClock = true },
        new("server's clock an hour back", (cluster, zone, _, _) => cluster.SetClockAsync(zone, -Jump)) { SetsClock = true },
        new("server's clock an hour ahead, member of another zone killed", (cluster, zone, other, _) =>
            Task.WhenAll(cluster.SetClockAsync(zone, Jump), other.Member!.KillAsync())) { SetsClock = true },
        new("server's clock an hour back, server of another zone killed", (cluster, zone, other, _) =>
            Task.WhenAll(cluster.SetClockAsync(zone, -Jump), other.Server!.KillAsync())) { SetsClock = true },
    ];

    // What hosts send to the zone is dropped, and what the zone sends to zones.
    private static Task CutAsync(ZoneCluster cluster, Zone zone, int[] fromHosts, int[] toZones, int percent = 100) => Task.WhenAll(
    [
        .. fromHosts.Length == 0 ? Array.Empty<Task>() : [cluster.Network.DropAsync(zone.Number, fromHosts, percent)],
        .. toZones.Select(other => cluster.Network.DropAsync(other, [zone.Number], percent)),
    ]);

    private static int[] Others(Zone zone) => [.. new[] { 1, 2, 3 }.Where(number => number != zone.Number)];

    private static Task Do(params Action[] actions)
    {
        Array.ForEach(actions, action => action());
        return Task.CompletedTask;
    }
}
