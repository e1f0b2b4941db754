using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mover.Testing;

namespace Mover.SystemTests.Recipes;

/// <summary>The recipes of three zones and the pages for operators, carried out.</summary>
public sealed class RecipeClusterTests
{
    /// <summary>What a write may take when the zone that leads is lost: an election, calls that wait for the dead, and a busy machine.</summary>
    private static readonly TimeSpan LossMax = TimeSpan.FromSeconds(8);

    [OnDemandFact("MOVER_RECIPES", "MOVER_ETCD")]
    public async Task Three_zones_come_up_with_the_scripts_certificates_and_the_loss_of_one_stops_nothing()
    {
        await using var cluster = await RecipeCluster.BringUpAsync();

        var status = await RecipeCluster.StatusAsync(cluster.Zones[0]);
        await RecipeCluster.MoverAsync(cluster.Zones[0], "group", "create", "-n", "before", "-l", "eastus");
        var probes = await Task.WhenAll(new[] { "/livez", "/readyz" }.Select(path => EtcdAnswersAsync(cluster.Zones[1].MetricsPort, path)));
        var isRefused = await RefusesWithoutCertificateAsync(cluster.Addresses["etcd1.example.com:2379"]);
        await cluster.Zones[0].KillAsync();
        await RecipeCluster.MoverAsync(cluster.Zones[1], "group", "create", "-n", "after", "-l", "eastus");

        Assert.Equal(RecipeCluster.Numbers, status["instances"]!.AsArray().Select(one => (string)one!["zone"]!).Order());
        Assert.Equal(RecipeCluster.Numbers.Select(zone => $"etcd-zone{zone}"), status["members"]!.AsArray().Select(one => (string)one!["name"]!).Order());
        Assert.StartsWith("3 of 3 voters left", (string)status["outlook"]!, StringComparison.Ordinal);
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK], probes);
        Assert.True(isRefused, "etcd answered a client that showed no certificate.");
        Assert.Equal(["after", "before"], await RecipeCluster.GroupsAsync(cluster.Zones[2]));
    }

    [OnDemandFact("MOVER_RECIPES", "MOVER_ETCD")]
    public async Task A_zone_that_is_gone_for_good_is_replaced()
    {
        await using var cluster = await RecipeCluster.BringUpAsync();
        await RecipeCluster.MoverAsync(cluster.Zones[0], "group", "create", "-n", "before", "-l", "eastus");

        await cluster.Zones[2].LoseAsync();
        var lost = (await RecipeCluster.EtcdAsync("etcdctl", [.. cluster.Client(0), "member", "list"])).Split('\n')
            .Single(line => line.Contains("etcd-zone3", StringComparison.Ordinal)).Split(',')[0];
        await RecipeCluster.EtcdAsync("etcdctl", [.. cluster.Client(0), "member", "remove", lost]);
        await RecipeCluster.EtcdAsync("etcdctl", [.. cluster.Client(0), "member", "add", "etcd-zone3", $"--peer-urls=https://{cluster.Addresses["etcd3.example.com:2380"]}"]);
        var meanwhile = await RecipeCluster.StatusAsync(cluster.Zones[0]);
        cluster.Zones[2].StartMember(("ETCD_INITIAL_CLUSTER_STATE", "existing"));
        await cluster.Zones[2].WaitForMemberAsync();
        cluster.Zones[2].StartServer();
        var after = await RecipeCluster.StatusAsync(cluster.Zones[2]);

        Assert.Equal("2 of 3 voters left: one more loss stops writes.", (string)meanwhile["outlook"]!);
        Assert.StartsWith("3 of 3 voters left", (string)after["outlook"]!, StringComparison.Ordinal);
        Assert.Equal(["before"], await RecipeCluster.GroupsAsync(cluster.Zones[2]));
    }

    [OnDemandFact("MOVER_RECIPES", "MOVER_ETCD")]
    public async Task A_majority_that_is_gone_for_good_is_recovered_from_the_survivor_with_all_that_it_had()
    {
        await using var cluster = await RecipeCluster.BringUpAsync();
        await RecipeCluster.MoverAsync(cluster.Zones[0], "group", "create", "-n", "before", "-l", "eastus");
        var (snapshot, backup, ring) = (cluster["survivor.db"], cluster["survivor.backup"], cluster["secrets/ring"]);

        await Task.WhenAll(cluster.Zones[1].LoseAsync(), cluster.Zones[2].LoseAsync());
        await RecipeCluster.EtcdAsync("etcdctl", [.. cluster.Client(0), "snapshot", "save", snapshot]);
        await cluster.Zones[0].KillAsync();
        Directory.Move(cluster.Zones[0].MemberData, cluster.Zones[0].MemberData + ".lost");
        var alone = $"etcd-zone1=https://{cluster.Addresses["etcd1.example.com:2380"]}";
        await RecipeCluster.EtcdAsync(
            "etcdutl", "snapshot", "restore", snapshot, "--data-dir", cluster.Zones[0].MemberData, "--name", "etcd-zone1", "--initial-cluster", alone,
            "--initial-cluster-token", "mover-temporary", "--initial-advertise-peer-urls", alone["etcd-zone1=".Length..]);
        cluster.Zones[0].StartMember(("ETCD_INITIAL_CLUSTER", alone));
        await cluster.Zones[0].WaitForMemberAsync();
        await RecipeCluster.MoverAsync("state", "verify", "--store", cluster.Store(1), "--key-ring", ring);
        await RecipeCluster.MoverAsync("state", "backup", backup, "--store", cluster.Store(1), "--key-ring", ring);
        await cluster.Zones[0].KillMemberAsync();
        Directory.Delete(cluster.Zones[0].MemberData, recursive: true);
        await cluster.StartMembersAsync(("ETCD_INITIAL_CLUSTER_TOKEN", "mover-2"));
        await RecipeCluster.MoverAsync("state", "restore", backup, "--store", cluster.Store(3), "--key-ring", ring);
        cluster.Zones.ForEach(zone => zone.StartServer());
        await RecipeCluster.MoverAsync(cluster.Zones[2], "group", "create", "-n", "after", "-l", "eastus");

        Assert.Equal(["after", "before"], await RecipeCluster.GroupsAsync(cluster.Zones[1]));
        Assert.StartsWith("3 of 3 voters left", (string)(await RecipeCluster.StatusAsync(cluster.Zones[0]))["outlook"]!, StringComparison.Ordinal);
        Assert.Contains("Restored at", await RecipeCluster.MoverAsync("state", "show", "--store", cluster.Store(3)), StringComparison.Ordinal);
    }

    [OnDemandFact("MOVER_RECIPES", "MOVER_ETCD")]
    public async Task The_loss_of_the_zone_that_leads_delays_writes_at_the_others_and_fails_none()
    {
        await using var cluster = await RecipeCluster.BringUpAsync();
        var made = JsonNode.Parse(await RecipeCluster.MoverAsync(cluster.Zones[0], "group", "create", "-n", "before", "-l", "eastus", "-o", "json"))!;
        var status = await RecipeCluster.StatusAsync(cluster.Zones[0]);
        var leader = ((string)status["members"]!.AsArray().Single(member => (bool)member!["leader"]!)!["name"]!)[^1] - '1';
        var other = cluster.Zones[(leader + 1) % 3];
        var token = (await RecipeCluster.MoverAsync(other, "token")).Trim();
        using var http = Insecure();
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        var groups = new Uri($"https://127.0.0.1:{other.ServerPort}{((string)made["id"]!)[..^"before".Length]}");

        var (answers, longest, lost) = (new List<HttpStatusCode>(), TimeSpan.Zero, Task.CompletedTask);
        for (var started = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(12);)
        {
            var asked = TimeProvider.System.GetTimestamp();
            using var answer = await http.PutAsJsonAsync(new Uri(groups, $"g{answers.Count % 50}?api-version=2021-04-01"), new { location = "eastus" });
            answers.Add(answer.StatusCode);
            longest = TimeProvider.System.GetElapsedTime(asked) is var took && took > longest ? took : longest;
            lost = answers.Count == 50 ? cluster.Zones[leader].KillAsync() : lost;
        }

        await lost;
        if (Environment.GetEnvironmentVariable("MOVER_FIGURES") is { Length: > 0 } figures)
        {
            await File.AppendAllTextAsync(figures, $"zone lost: {answers.Count} writes, the longest took {longest.TotalSeconds:F2} s\n");
        }

        Assert.All(answers, code => Assert.True(code is HttpStatusCode.OK or HttpStatusCode.Created, $"{code}"));
        Assert.True(answers.Count > 60, $"{answers.Count}");
        Assert.InRange(longest, TimeSpan.Zero, LossMax);
    }

    private static async Task<HttpStatusCode> EtcdAnswersAsync(int port, string path)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}{path}"));
        return answer.StatusCode;
    }

    private static async Task<bool> RefusesWithoutCertificateAsync(string address)
    {
        using var http = Insecure();
        return await Record.ExceptionAsync(() => http.GetAsync(new Uri($"https://{address}/version"))) is HttpRequestException;
    }

    private static HttpClient Insecure()
    {
#pragma warning disable CA2000, CA5400 // The client disposes of its handler, which trusts whoever answers on this machine.
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        return new(handler);
#pragma warning restore CA2000, CA5400
    }
}
