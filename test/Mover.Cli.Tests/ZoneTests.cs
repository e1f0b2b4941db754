using System.Globalization;
using System.Text.Json.Nodes;
using Mover.Client;
using Mover.Client.Agent;
using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Server.Keys;
using Mover.State.Tests.Etcd;
using Mover.Testing;

namespace Mover.Cli.Tests;

/// <summary>Servers as processes over one etcd, seen from outside, while they are killed, stopped and restarted.</summary>
public sealed class ZoneTests : IAsyncLifetime
{
    /// <summary>The lease of an instance is 8 s; the rest is what etcd takes to notice and this machine to run.</summary>
    private static readonly TimeSpan GoneMax = TimeSpan.FromSeconds(8 + 7);

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, RunningServer> _servers = [];
    private readonly Dictionary<string, string> _urls = [];
    private EtcdServer? _etcd;

    public Task InitializeAsync()
    {
        File.WriteAllText(_folder["ring"], KeyRingLine.Make() + "\n");
        File.SetUnixFileMode(_folder["ring"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        foreach (var server in _servers.Values)
        {
            await server.DisposeAsync();
        }

        await (_etcd?.DisposeAsync() ?? ValueTask.CompletedTask);
        _folder.Dispose();
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task The_status_tells_instances_members_work_and_what_a_further_loss_would_mean()
    {
        _etcd = await EtcdServer.StartAsync(3);
        await StartAsync("one", "1");
        await StartAsync("two", "2");
        var even = await UntilAsync(status => Owners(status) is [3, 3]);

        await _etcd.KillAsync(2);
        var lost = await UntilAsync(status => $"{status["outlook"]}".StartsWith('2'));
        var table = await _servers["one"].CreateShell().RunAsync("zone", "status");

        Assert.Equal(["1", "2"], even["instances"]!.AsArray().Select(one => (string)one!["zone"]!).Order());
        Assert.Equal([_urls["one"], _urls["two"]],
            even["instances"]!.AsArray().OrderBy(one => (string)one!["zone"]!).Select(one => (string)one!["addresses"]![0]!));
        Assert.Equal(3, even["members"]!.AsArray().Count(member => (bool)member!["reachable"]!));
        Assert.Equal(1, even["members"]!.AsArray().Count(member => (bool)member!["leader"]!));
        Assert.Equal("3 of 3 voters left: one may be lost without harm, a second loss stops writes.", (string)even["outlook"]!);
        Assert.Equal("2 of 3 voters left: one more loss stops writes.", (string)lost["outlook"]!);
        Assert.False((bool)lost["members"]!.AsArray().Single(member => (string)member!["name"]! == "m2")!["reachable"]!);
        Assert.True(table.ExitCode == ExitCodes.Ok, table.Error);
        Assert.Contains("not reachable", table.Out, StringComparison.Ordinal);
        Assert.EndsWith("one more loss stops writes.", table.Out.Trim(), StringComparison.Ordinal);
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task An_instance_that_is_killed_is_gone_with_its_lease_and_its_work_is_spread_over_the_others_and_handed_back()
    {
        _etcd = await EtcdServer.StartQuickAsync();
        await StartAsync("one", "1");
        await StartAsync("two", "2");
        await UntilAsync(status => Owners(status) is [3, 3]);

        await _servers["two"].KillAsync();
        var gone = await TimeAsync(status => status["instances"]!.AsArray().Count == 1);
        var taken = await TimeAsync(status => Owners(status) is [6]);
        await _servers["two"].DisposeAsync();
        await StartAsync("two", "2");
        var back = await TimeAsync(status => Owners(status) is [3, 3]);

        Note($"killed: gone after {gone}, work taken after {gone + taken}; back: spread after {back}");
        Assert.InRange(gone, TimeSpan.Zero, GoneMax);
        Assert.InRange(back, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task An_instance_that_is_stopped_is_gone_at_once()
    {
        _etcd = await EtcdServer.StartQuickAsync();
        await StartAsync("one", "1");
        await StartAsync("two", "2");
        await UntilAsync(status => status["instances"]!.AsArray().Count == 2);

        var stopped = _servers["two"].StopAsync();
        var gone = await TimeAsync(status => status["instances"]!.AsArray().Count == 1);
        Assert.Equal(0, await stopped);

        Note($"stopped: gone after {gone}");
        Assert.InRange(gone, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task Commands_continue_when_the_first_of_their_addresses_is_dead()
    {
        _etcd = await EtcdServer.StartQuickAsync();
        await StartAsync("one", "1");
        await StartAsync("two", "2");
        await UntilAsync(status => status["instances"]!.AsArray().Count == 2);
        using var home = new TemporaryFolder();
        var signedIn = new Shell { ["HOME"] = home["home"] };
        Directory.CreateDirectory(home["home"]);
        var login = await signedIn.RunAsync("login", "--data", _servers["two"].DataFolder);
        var token = (await _servers["one"].CreateShell().RunAsync("token", "--data", _servers["one"].DataFolder)).Out.Trim();
        await _servers["two"].KillAsync();

        var other = new Shell { ["MOVER_TOKEN"] = token, ["MOVER_CA"] = Path.Combine(_servers["one"].DataFolder, "tls", "ca.pem") };
        var flags = await other.RunAsync("group", "create", "-n", "g1", "-l", "eastus", "--server", _urls["two"], "--server", _urls["one"]);
        var commas = await other.RunAsync("group", "list", "--server", $"{_urls["two"]},{_urls["one"]}");
        other["MOVER_SERVER"] = $"{_urls["two"]}, {_urls["one"]}";
        var set = await other.RunAsync("group", "list");
        var later = await signedIn.RunAsync("group", "list");
        var plain = await other.RunAsync("group", "list", "--server", $"{_urls["one"]},http://127.0.0.1:1");

        Assert.True(login.ExitCode == ExitCodes.Ok, login.Error);
        Assert.All([flags, commas, set, later], ran => Assert.True(ran.ExitCode == ExitCodes.Ok, ran.Error));
        Assert.Contains("g1", later.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, plain.ExitCode);
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task Instances_that_are_restarted_one_after_the_other_fail_no_request_of_clients_that_know_them_all()
    {
        _etcd = await EtcdServer.StartQuickAsync();
        await StartAsync("one", "1");
        await StartAsync("two", "2");
        await UntilAsync(status => status["instances"]!.AsArray().Count == 2);
        using var stop = new CancellationTokenSource();
        var subscription = (await _servers["one"].CreateShell().RunAsync("group", "list")).ExitCode == 0 ? await SubscriptionAsync() : "";
        var token = (await _servers["one"].CreateShell().RunAsync("token", "--data", _servers["one"].DataFolder)).Out.Trim();
        var load = Enumerable.Range(0, 4).Select(client => LoadAsync(client, subscription, token, stop.Token)).ToList();

        for (var restart = 0; restart < Setting.Number("MOVER_RESTARTS", 2); restart++)
        {
            var name = restart % 2 == 0 ? "one" : "two";
            await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, CancellationToken.None);
            Assert.Equal(0, await _servers[name].StopAsync());
            await _servers[name].DisposeAsync();
            await StartAsync(name, name == "one" ? "1" : "2");
        }

        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, CancellationToken.None);
        await stop.CancelAsync();
        var told = await Task.WhenAll(load);

        Note($"rolling restart: {told.Sum(one => one.Done)} requests, {told.Sum(one => one.Failed.Count)} failed");
        Assert.Empty(told.SelectMany(one => one.Failed));
        Assert.True(told.Sum(one => one.Done) > 100);
    }

    [Fact]
    public async Task Over_one_file_the_status_says_that_this_is_one_machine()
    {
        await using var server = await RunningServer.StartAsync();

        var status = await server.CreateShell().RunAsync("zone", "status");

        Assert.True(status.ExitCode == ExitCodes.Ok, status.Error);
        Assert.EndsWith("The state is on this machine alone: its loss stops the control plane, and only a backup brings it back.",
            status.Out.Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_status_needs_the_right_to_read_the_subscription()
    {
        await using var server = await RunningServer.StartAsync();
        var (stranger, shell) = await server.CreateStrangerAsync();

        var before = await shell.RunAsync("zone", "status");
        var granted = await server.CreateShell().RunAsync("role-assignment", "create", "--assignee-object-id", stranger, "--role", "Reader");
        var after = await shell.RunAsync("zone", "status");

        Assert.Equal(ExitCodes.Refused, before.ExitCode);
        Assert.True(granted.ExitCode == ExitCodes.Ok, granted.Error);
        Assert.True(after.ExitCode == ExitCodes.Ok, after.Error);
    }

    private async Task StartAsync(string name, string zone)
    {
        _urls.TryAdd(name, RunningServer.FreeAddress());
        var members = string.Join(',', _etcd!.Endpoints.Select(endpoint => endpoint.Authority));
        Directory.CreateDirectory(_folder[name], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _servers[name] = await RunningServer.StartInAsync(
            _folder[name], "--urls", _urls[name], "--zone", zone, "--store", $"etcd://{members}", "--key-ring", _folder["ring"]);
    }

    // How many loops each instance runs, the fewest first; a loop without an owner counts for nobody.
    private static int[] Owners(JsonNode status) =>
        [.. status["loops"]!.AsArray().Where(loop => loop!["owner"] is not null).GroupBy(loop => (string)loop!["owner"]!)
            .Select(share => share.Count()).Order()];

    private async Task<JsonNode> UntilAsync(Func<JsonNode, bool> shows)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        while (true)
        {
            var ran = await _servers["one"].CreateShell().RunAsync("zone", "status", "-o", "json");
            if (ran.ExitCode == ExitCodes.Ok && JsonNode.Parse(ran.Out) is { } status && shows(status))
            {
                return status;
            }

            Assert.False(limit.IsCancellationRequested, $"It was not seen within 90 s: {ran.Out}{ran.Error}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None);
        }
    }

    private async Task<TimeSpan> TimeAsync(Func<JsonNode, bool> shows)
    {
        var started = TimeProvider.System.GetTimestamp();
        await UntilAsync(shows);
        return TimeProvider.System.GetElapsedTime(started);
    }

    private async Task<string> SubscriptionAsync()
    {
        var made = JsonNode.Parse((await _servers["one"].CreateShell().RunAsync("group", "create", "-n", "g", "-l", "eastus", "-o", "json")).Out);
        return $"{made?["id"]}".Split('/')[2];
    }

    private async Task<(int Done, List<string> Failed)> LoadAsync(int client, string subscription, string token, CancellationToken stop)
    {
        var ca = await File.ReadAllTextAsync(Path.Combine(_folder["one"], "tls", "ca.pem"), CancellationToken.None);
        using var plane = new MoverClient(
            new() { Addresses = [.. _urls.Values.Select(url => new Uri(url))], Token = (_, _) => ValueTask.FromResult(token) },
            AgentTrust.CreateHandler(ca, hasOthers: true),
            TimeProvider.System);
        var mover = ResourceId.OfGroup(subscription, "g").Provider("Microsoft.StorageMover/storageMovers", $"m{client}");
        var (done, failed) = (0, new List<string>());
        while (!stop.IsCancellationRequested)
        {
            foreach (var (what, ask) in new (string, Func<Task>)[]
            {
                ("PUT", () => plane.PutAsync(mover, new() { ["location"] = "eastus" }, CancellationToken.None)),
                ("GET", () => plane.GetAsync(mover, CancellationToken.None)),
                ("POST", () => plane.Pipeline.SendAsync(
                    new(HttpMethod.Post, $"/subscriptions/{subscription}/providers/Microsoft.StorageMover/register?api-version=2021-04-01"),
                    CancellationToken.None)),
            })
            {
                try
                {
                    await ask();
                    done++;
                }
                catch (Exception fault)
                {
                    failed.Add(string.Create(CultureInfo.InvariantCulture, $"{what} by {client}: {fault}"));
                }
            }
        }

        return (done, failed);
    }

    // For whoever writes the numbers down.
    private static void Note(string figures)
    {
        if (Environment.GetEnvironmentVariable("MOVER_FIGURES") is { Length: > 0 } file)
        {
            File.AppendAllText(file, figures + "\n");
        }
    }
}
