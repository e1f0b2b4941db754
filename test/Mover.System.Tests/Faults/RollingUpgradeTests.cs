using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Testing;
using Xunit.Abstractions;

namespace Mover.SystemTests.Faults;

/// <summary>
/// The page on rolling upgrades under load: every server, then every member of etcd, is ended and started again, one after the other; members
/// by the program that MOVER_ETCD_NEXT names, or the same. <c>MOVER_UPGRADE=1 ./test.sh test/Mover.System.Tests</c> runs it.
/// </summary>
[Collection(nameof(ZoneNetwork))]
public sealed class RollingUpgradeTests(ITestOutputHelper output)
{
    private const int Seed = 1;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    [OnDemandFact("MOVER_UPGRADE")]
    public async Task Servers_and_members_that_are_restarted_one_after_the_other_fail_no_request()
    {
        await using var cluster = await ZoneCluster.BringUpAsync();
        await using var agent = await AgentLoad.BeginAsync(cluster, Seed);
        await using var load = new FaultLoad(cluster, Seed);
        using var stop = new CancellationTokenSource();
        var working = Enumerable.Range(0, 3).Select(number => Task.Run(() => WorkAsync(cluster, number, stop.Token))).ToList();

        foreach (var zone in cluster.Zones)
        {
            await zone.EndServerAsync();
            await cluster.RecoverAsync();
        }

        foreach (var zone in cluster.Zones)
        {
            await zone.EndMemberAsync();
            zone.StartMember(Environment.GetEnvironmentVariable("MOVER_ETCD_NEXT"));
            await cluster.RecoverAsync();
        }

        await stop.CancelAsync();
        await load.EndAsync();
        await agent.EndAsync();
        var done = await Task.WhenAll(working);
        output.WriteLine($"{done.Sum()} requests of clients that know all addresses, 0 failed\n{load.Answers}\n{agent.Figures}");
        Assert.DoesNotContain(0, done);
        Assert.Empty(load.ByKey.SelectMany(key => HistoryCheck.Violations([.. key]).Select(what => $"{key.Key}: {what}")));
        Assert.Empty(agent.Problems);
    }

    // As `mover` and the SDK do it; what fails after their repetitions fails the test.
    private static async Task<int> WorkAsync(ZoneCluster cluster, int number, CancellationToken stop)
    {
        using var ca = X509CertificateLoader.LoadCertificateFromFile(cluster.CaFile);
        using var client = new MoverClient(
            new()
            {
                Addresses = [.. Enumerable.Range(0, cluster.Servers).Select(at => new Uri(cluster.Zones[(at + number) % cluster.Servers].Url))],
                Token = (_, _) => ValueTask.FromResult(cluster.Token),
            },
            ArmTransport.CreateHandler([ca], hasOthers: true),
            TimeProvider.System);
        var requests = 0;
        for (var round = 0; !stop.IsCancellationRequested; round++)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"{cluster.Projects}/upgrade-{number}");
            Assert.True(ResourceId.TryParse(text, out var id));
            var value = string.Create(CultureInfo.InvariantCulture, $"{round}");
            await client.PutAsync(id, new JsonObject { ["properties"] = cluster.PropertiesOf("upgrade", value) }, CancellationToken.None);
            var read = await client.GetAsync(id, CancellationToken.None);
            Assert.Equal(value, (string?)read["properties"]!["description"]);
            requests += 2;
            await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
        }

        return requests;
    }
}
