using System.Globalization;
using System.Text.Json.Nodes;
using Mover.Agent;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Progress;
using Mover.Cli.Resources;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Spectre.Console;

namespace Mover.Cli.Demo;

/// <summary>
/// <c>mover demo --zones</c>: three zones, each a member of etcd and a server. While a migration runs and clients write, the zone is killed
/// whose loss is the worst: its member leads, and its server has the agent. The others go on, and it comes back.
/// </summary>
internal sealed class ZonesDemo(string folder, string etcd, Terminal terminal) : IDemo
{
    private const int Zones = 3;
    private const int MoreFiles = 800;
    private const int MovedBeforeLoss = 100;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest that a write may wait: docs/reliability.md, faults of zones.</summary>
    private static readonly TimeSpan GapMax = TimeSpan.FromSeconds(10);

    private readonly DemoPage _page = new(terminal);
    private readonly List<DemoZone> _zones = [];
    private readonly List<SteadyWriter> _writers = [];
    private readonly DemoShell _shell = new(terminal, folder, new Dictionary<string, DemoVariable>(StringComparer.Ordinal));
    private DemoEstate? _estate;

    /// <inheritdoc/>
    public DemoEstate Estate => _estate ?? throw new InvalidOperationException("The zones have not started.");

    /// <inheritdoc/>
    public async Task<bool> ShowAsync(CancellationToken cancel)
    {
        terminal.Talk.MarkupLine("[bold]Mover demo: three zones[/], one of which is killed in the middle of a migration");
        _shell.ShowWords();
        await StartZonesAsync(cancel);
        var status = await UntilAsync(_shell, one => one.HasAll(Zones), "all zones serve", cancel, "--data", _zones[0].ServerFolder);
        var first = _zones.First(zone => zone.Place.Number == status.Leader);
        _estate = new(folder, first.ServerFolder, Variables(first), terminal);
        Estate.Shell.ShowVariables();
        Estate.Use(SettingsFrom(first));
        await Task.Run(() => Estate.Tree.CreateMany(MoreFiles), cancel);
        await Estate.StartBlobServiceAsync(cancel);
        await Estate.CreateResourcesAsync(cancel);
        await Estate.StartAgentAsync(cancel);
        _page.Done($"A file server's export with {Figures.Count(MoreFiles)} more files, a Blob service, resources, an agent");
        return await MigrateAsync(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var writer in _writers)
        {
            await writer.DisposeAsync();
        }

        await (_estate?.DisposeAsync() ?? ValueTask.CompletedTask);
        await Task.WhenAll(_zones.Select(zone => zone.DisposeAsync().AsTask()));
    }

    private async Task StartZonesAsync(CancellationToken cancel)
    {
        using (var certificates = new DemoCertificates(terminal.Clock))
        {
            certificates.WriteAuthority(Path.Combine(folder, "etcd-ca.pem"));
            certificates.WriteClient(Path.Combine(folder, "mover.pem"), Path.Combine(folder, "mover.key"));
            var ports = new DemoPorts();
            ZonePlace[] places = [.. Enumerable.Range(1, Zones).Select(number => ZonePlace.Take(number, ports))];
            _zones.AddRange(places.Select(place => DemoZone.Create(folder, place, places, certificates, etcd)));
        }

        await _shell.MakeRingAsync(Path.Combine(folder, "ring"), cancel);
        _zones.ForEach(zone => _shell.Show(zone.MemberCommand));
        await Task.WhenAll(_zones.Select(zone => zone.StartMemberAsync(cancel)));
        _page.Done("An etcd member in each of zones 1, 2 and 3, over TLS with keys created for this demo");
        _zones.ForEach(zone => _shell.Show(zone.ServerCommand));
        await _zones[0].StartServerAsync(cancel);
        await Task.WhenAll(_zones.Skip(1).Select(zone => zone.StartServerAsync(cancel)));
        _page.Done("A server in each zone: one control plane that acknowledges a write once it is on disk in two zones");
    }

    private async Task<bool> MigrateAsync(CancellationToken cancel)
    {
        var mover = await Estate.GetMoverAsync(cancel);
        _writers.AddRange(_zones.Select(zone => SteadyWriter.Start(
            ConnectionFlags.Open(SettingsFrom(zone), terminal), mover, $"note-{zone.Place.Number}", terminal.Clock)));
        _page.Done("Three clients write continuously; each knows all zones and starts at a different one");
        var job = new DemoRun(Estate, terminal);
        var run = await job.StartAsync(cancel);
        await _page.UntilAsync(async () => await job.MovedAsync(run, cancel) > MovedBeforeLoss, "the migration moved something", cancel);
        _shell.Show("mover zone status");
        var before = await UntilAsync(Estate.Shell, one => one.HasAll(Zones), "all zones serve", cancel);
        _page.Tell($"before: {before}");

        var lost = _zones.First(zone => zone.Place.Number == before.Leader);
        var hadAgent = AgentUses(lost);
        var moved = await job.MovedAsync(run, cancel);
        await lost.DisposeAsync();
        _shell.Show($"kill -9 etcd and the server of zone {lost.Place.Number}");
        _page.Done($"Zone {lost.Place.Number} is gone, {Figures.Count(moved)} items into the migration: it led etcd"
            + (hadAgent ? ", and the agent was connected to it: no loss is worse" : "; the agent was connected to another zone"));
        _shell.Show("mover zone status");
        var during = await UntilAsync(
            Estate.Shell, one => one.Serving.Count == Zones - 1 && one.Leader is not null, "the others miss it", cancel);
        _page.Tell($"during: {during}");
        await _page.UntilAsync(() => Task.FromResult(!AgentUses(lost)), "the agent has moved", cancel);
        _page.Done($"The agent is connected to zone {_zones.First(AgentUses).Place.Number}, and nobody had to do anything");
        var document = await new JobRunWatch(Estate.Plane, terminal, Look).FollowAsync(run, cancel);
        _page.Done($"The run ended, without zone {lost.Place.Number}");
        var verified = await job.VerifyAsync(cancel);

        _shell.Show(lost.MemberCommand);
        _shell.Show(lost.ServerCommand);
        await lost.StartMemberAsync(cancel);
        await lost.StartServerAsync(cancel);
        _page.Done($"Zone {lost.Place.Number} is back");
        _shell.Show("mover zone status");
        var after = await UntilAsync(Estate.Shell, one => one.HasAll(Zones), "all zones serve again", cancel);
        _page.Tell($"after:  {after}");
        await Task.WhenAll(_writers.Select(writer => writer.StopAsync()));
        return Judge(moved, lost, document, verified, await CountMissingAsync(mover, cancel));
    }

    private bool Judge(long moved, DemoZone lost, JsonObject run, Transfer.VerificationSummary verified, int missing)
    {
        var (status, items) = ($"{run["properties"]?["status"]}", CounterReport.Read(run).ItemsTransferred);
        var (written, refused) = (_writers.Sum(writer => writer.Acknowledged.Count), _writers.Sum(writer => writer.Refused));

        // Who was acknowledged once at most has waited ever since.
        TimeSpan[] gaps = [.. _writers.SelectMany(writer => writer.Gaps.DefaultIfEmpty(GapMax)).Order()];
        return _page.Judge(
            [
                (moved < items,
                    $"zone {lost.Place.Number} was lost with {Figures.Count(items - moved)} of {Figures.Count(items)} items still to move"),
                (status == JobRunStatuses.Succeeded, "the run went on and ended as Succeeded, under the same id, while the zone was away"),
                (verified.Differences == 0, $"{Figures.Bytes(verified.BytesRead)} read back, every byte and every permission equal"),
                (refused == 0 && written > 0, $"{Figures.Count(written)} writes were acknowledged meanwhile, {refused} refused"),
                (gaps[^1] < GapMax, $"a client waited {Milliseconds(gaps[^1])} from one acknowledgement to the next at the longest, "
                    + $"{Milliseconds(gaps[gaps.Length / 2])} as a rule"),
                (missing == 0, "every acknowledged write is there, read at each of the three zones"),
            ],
            "Nothing happened", ": a zone was lost, and came back");
    }

    /// <summary>Acknowledged writes that a zone does not have as they were written.</summary>
    private async Task<int> CountMissingAsync(ResourceId mover, CancellationToken cancel)
    {
        var missing = 0;
        foreach (var zone in _zones)
        {
            using var plane = ConnectionFlags.Open(SettingsFrom(zone) with { Others = [] }, terminal);
            var there = (await plane.ListAsync($"{mover.Text}/{Project.Described.Collection}", cancel)).ToDictionary(
                project => $"{project["name"]}", project => $"{project["properties"]?["description"]}", StringComparer.Ordinal);
            missing += _writers.SelectMany(writer => writer.Acknowledged).Count(one => there.GetValueOrDefault(one.Key) != one.Value);
        }

        return missing;
    }

    private static async Task<ZonesNow> StatusAsync(DemoShell shell, CancellationToken cancel, params string[] more)
    {
        try
        {
            return ZonesNow.Read(await shell.RunQuietAsync(cancel, ["zone", "status", "-o", "json", .. more]));
        }
        catch (CliException)
        {
            // While a member is elected, it may take longer than a command waits.
            return ZonesNow.Nothing;
        }
    }

    private async Task<ZonesNow> UntilAsync(
        DemoShell shell, Func<ZonesNow, bool> isSo, string what, CancellationToken cancel, params string[] more)
    {
        var now = ZonesNow.Nothing;
        await _page.UntilAsync(async () => isSo(now = await StatusAsync(shell, cancel, more)), what, cancel);
        return now;
    }

    // The address in use comes first in what the agent keeps.
    private bool AgentUses(DemoZone zone) => AgentFolder.ReadRecord(Estate.AgentFolder).Addresses[0] == zone.Place.Url;

    private DemoZone[] From(DemoZone first) => [first, .. _zones.Where(zone => zone != first)];

    private ConnectionSettings SettingsFrom(DemoZone first) => LocalServer.Read(first.ServerFolder, terminal) with
    {
        Others = [.. From(first).Skip(1).Select(zone => new Uri(zone.Place.Url))],
    };

    private Dictionary<string, DemoVariable> Variables(DemoZone first) => new(StringComparer.Ordinal)
    {
        // A user's own would win over the addresses.
        ["MOVER_DATA"] = DemoVariable.Of(string.Empty),
        ["MOVER_SERVER"] = DemoVariable.Of(string.Join(',', From(first).Select(zone => zone.Place.Url))),
        ["MOVER_CA"] = DemoVariable.Of(Path.Combine(first.ServerFolder, LocalServer.AuthorityFile)),
        ["MOVER_TOKEN"] = new(
            LocalServer.AdministratorToken(first.ServerFolder, terminal),
            $"\"$(mover token --data {DemoShell.Quote(first.ServerFolder)})\""),
    };

        private static string Milliseconds(TimeSpan span) => $"{span.TotalMilliseconds.ToString("N0", CultureInfo.InvariantCulture)} ms";
}
