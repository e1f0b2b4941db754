using Mover.Testing;
using Xunit.Abstractions;

namespace Mover.SystemTests.Faults;

/// <summary>
/// Faults of zones under load, from a seed: MOVER_FAULTS says how many (2 by default), MOVER_SEED which, and MOVER_FIGURES a file to append the
/// table to. The seed chooses kinds, zones and durations; which member leads, and what is under way, it does not. Kinds with clocks are left
/// out where MOVER_FAKETIME does not name libfaketime, so the same seed then means other faults.
/// </summary>
[Collection(nameof(ZoneNetwork))]
public sealed class ZoneFaultTests(ITestOutputHelper output)
{
    private const int ToldMax = 20;
    private static readonly TimeSpan OutageMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    private static int Faults => Setting.Number("MOVER_FAULTS", 2);

    // Its first four, where clocks can be set: the zone that leads is cut from everybody and killed, its server's clock is an hour ahead, and its
    // disk stalls.
    private static int Seed => Setting.Seed(87_405);

    [RequiresFact("MOVER_ETCD", "MOVER_NAMESPACES", "MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task Faults_of_zones_lose_no_acknowledged_write_and_reorder_none()
    {
        if (!ZoneClock.CanBeSet)
        {
            output.WriteLine("Without libfaketime (MOVER_FAKETIME) no clock jumps.");
        }

        var planned = FaultSchedule.Of(Seed, Faults).ToList();
        await using var cluster = await ZoneCluster.BringUpAsync(planned.Exists(fault => fault.Kind.SetsClock));
        await using var agent = await AgentLoad.BeginAsync(cluster, Seed);
        await using var load = new FaultLoad(cluster, Seed);
        var faults = new List<FaultRecord>();

        // What was acknowledged is checked, and what was measured told, also when the zones did not recover.
        var broken = await Record.ExceptionAsync(async () =>
        {
            foreach (var fault in planned)
            {
                await Task.Delay(Quiet, TimeProvider.System);
                faults.Add(await CarryOutAsync(cluster, fault));
            }
        });

        await Task.Delay(Quiet, TimeProvider.System);
        await load.EndAsync();
        await agent.EndAsync();
        var figures = new FaultFigures(faults, load.Acknowledged);
        await TellAsync($"seed {Seed}\n{figures}{load.Answers}\n{agent.Figures}\n");

        var violations = load.ByKey.SelectMany(key => HistoryCheck.Violations([.. key]).Select(what => $"{key.Key}: {what}")).ToList();
        Assert.True(violations.Count == 0, $"{violations.Count} violations:\n{string.Join('\n', violations.Take(ToldMax))}");
        AssertWindows(load.ByKey);
        Assert.True(agent.Problems.Count == 0, $"{agent.Problems.Count} problems with runs:\n{string.Join('\n', agent.Problems.Take(ToldMax))}");
        Assert.Null(broken);
        Assert.All(figures.Outages.Concat(figures.Returns), outage => Assert.InRange(outage, TimeSpan.Zero, OutageMax));
    }

    private static async Task<FaultRecord> CarryOutAsync(ZoneCluster cluster, PlannedFault fault)
    {
        var leader = await cluster.LeaderAsync() ?? 1;
        var others = cluster.Zones.Where(zone => zone.Number != leader).ToList();
        var zone = fault.AtLeader ? cluster.Zones[leader - 1] : others[fault.Which];
        var other = fault.AtLeader ? others[fault.Which] : fault.Which == 0 ? others[1] : cluster.Zones[leader - 1];
        var began = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(fault.Kind.BeginAsync(cluster, zone, other, fault.Duration), Task.Delay(fault.Duration, TimeProvider.System));
        var healed = TimeProvider.System.GetTimestamp();
        await FaultKind.HealAsync(cluster);
        healed = fault.Kind.IsOfAll ? cluster.Quota.FreedAt ?? healed : healed;
        return new(fault.Kind.Name, zone.Number, zone.Number == leader, began, healed, TimeProvider.System.GetTimestamp())
        {
            IsOfAll = fault.Kind.IsOfAll,
        };
    }

    private void AssertWindows(ILookup<string, Attempt> byKey)
    {
        var tried = 0;
        foreach (var key in byKey)
        {
            var (windows, bad) = ExhaustiveCheck.Windows([.. key]);
            tried += windows;
            Assert.True(bad is null, $"{key.Key}: no order explains\n{string.Join('\n', bad ?? [])}");
        }

        output.WriteLine($"{tried} short windows were confirmed by trying every order.");
        Assert.NotEqual(0, tried);
    }

    private async Task TellAsync(string text)
    {
        output.WriteLine(text);
        if (Environment.GetEnvironmentVariable("MOVER_FIGURES") is { Length: > 0 } figures)
        {
            await File.AppendAllTextAsync(figures, text);
        }
    }
}
