using System.Globalization;
using System.Text.Json.Nodes;
using Mover.Cli.Frame;
using Mover.Cli.Resources;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Spectre.Console;

namespace Mover.Cli.Demo;

/// <summary>
/// <c>mover demo --regions</c>: two regions, each a server of its own; the one that serves is killed in the middle of a migration, the
/// other takes over, the same run ends, and the service goes back.
/// </summary>
internal sealed class RegionsDemo : IDemo
{
    private const int MoreFiles = 1500;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly Terminal _terminal;
    private readonly DemoPage _page;
    private readonly string _eastUrl;
    private readonly string _westUrl;
    private DemoProcess? _east;
    private DemoProcess? _west;

    public RegionsDemo(string folder, Terminal terminal)
    {
        var ports = new DemoPorts();
        (_eastUrl, _westUrl) = ($"https://127.0.0.1:{ports.Take()}", $"https://127.0.0.1:{ports.Take()}");
        (Estate, _terminal, _page) = (new(folder, terminal), terminal, new(terminal));
    }

    public DemoEstate Estate { get; }

    private string Ring => Path.Combine(Estate.Folder, "ring");

    private string WestFolder => Path.Combine(Estate.Folder, "west");

    private string[] EastFlags =>
        ["--data", Estate.ServerFolder, "--region", "eastus", "--urls", _eastUrl, "--pair", $"westus={_westUrl}", "--key-ring", Ring];

    private string[] WestFlags =>
    [
        "--data", WestFolder, "--region", "westus", "--urls", _westUrl, "--pair", $"eastus={_eastUrl}", "--key-ring", Ring, "--standby",
        "--pair-ca", Path.Combine(Estate.ServerFolder, "tls", "ca.pem"),
    ];

    /// <inheritdoc/>
    public async Task<bool> ShowAsync(CancellationToken cancel)
    {
        _terminal.Talk.MarkupLine("[bold]Mover demo: two regions[/], one of which is killed in the middle of a migration");
        await Task.Run(() => Estate.Tree.CreateMany(MoreFiles), cancel);
        _page.Done($"A file server's export with {MoreFiles} more files");
        Estate.Shell.ShowWords();
        Estate.Shell.ShowVariables();
        await Estate.Shell.MakeRingAsync(Ring, cancel);
        _east = await StartAsync(EastFlags, cancel);
        _page.Done("East US: a control plane");
        _west = await StartAsync(WestFlags, cancel);
        _page.Done("West US: its standby, with a complete copy");
        return await MigrateAsync(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await Estate.DisposeAsync();
        foreach (var server in new[] { _east, _west })
        {
            await (server?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    private async Task<bool> MigrateAsync(CancellationToken cancel)
    {
        Estate.UseServer();
        await Estate.StartBlobServiceAsync(cancel);
        await Estate.CreateResourcesAsync(cancel);
        await Estate.StartAgentAsync(cancel);
        _page.Done("A Blob service, resources, an agent");
        var job = new DemoRun(Estate, _terminal);
        var run = await job.StartAsync(cancel);
        await _page.UntilAsync(async () => await job.MovedAsync(run, cancel) > 100, "the migration moved something", cancel);
        await UntilStandbyIsFreshAsync(cancel);
        var before = await job.MovedAsync(run, cancel);
        var lost = _terminal.Clock.GetTimestamp();
        await KillEastAsync();
        Estate.Shell.Show("kill -9 the server of East US");
        _page.Done($"East US is gone, {before} items into the migration");

        await TellAsync(cancel, "region", "status", "--data", WestFolder);
        await TellAsync(cancel, "region", "failover", "--unplanned", "eastus", "--yes", "--data", WestFolder);
        using var plane = Connect.ConnectionFlags.Open(Connect.LocalServer.Read(WestFolder, _terminal), _terminal);
        await _page.UntilAsync(async () => await IsServingAsync(WestFolder, cancel), "West US serves", cancel);
        var outage = _terminal.Clock.GetElapsedTime(lost);
        _page.Done(string.Create(
            CultureInfo.InvariantCulture, $"West US serves, {outage.TotalSeconds:F1} s after the loss, commands and all"));
        var document = await new JobRunWatch(plane, _terminal, Look).FollowAsync(run, cancel);
        var verified = await job.VerifyAsync(cancel);
        _page.Done("The same run finished on the same agent; every byte was read back");

        _east = await StartAsync(EastFlags, cancel);
        await _page.UntilAsync(async () => await IsStandbyAsync(cancel), "East US keeps a copy", cancel);
        _page.Done("East US is back, as the standby");
        await TellAsync(cancel, "region", "failback", "--yes", "--data", Estate.ServerFolder);
        await _page.UntilAsync(async () => await IsServingAsync(Estate.ServerFolder, cancel), "East US serves", cancel);
        using var home = Connect.ConnectionFlags.Open(Connect.LocalServer.Read(Estate.ServerFolder, _terminal), _terminal);
        var kept = await home.Client.GetAsync(run, cancel);
        _page.Done("East US serves again");
        return Judge(document, verified.Differences, before, kept);
    }

    private bool Judge(JsonObject run, long differences, long before, JsonObject kept)
    {
        var status = $"{run["properties"]?["status"]}";
        return _page.Judge(
            [
                (before > 0, "the region was lost while the migration ran"),
                (status == JobRunStatuses.Succeeded, "the run in progress succeeded, under the same id"),
                (differences == 0, "every byte and every permission arrived"),
                ($"{kept["properties"]?["status"]}" == status, "the lost region knows how it ended"),
            ],
            "Nothing happened", ": a region was lost, and given back");
    }

    private async Task KillEastAsync()
    {
        if (_east is { } server)
        {
            _east = null;
            await server.DisposeAsync();
        }
    }

    private async Task<DemoProcess> StartAsync(string[] flags, CancellationToken cancel)
    {
        Estate.Shell.Show($"mover server {string.Join(' ', flags.Select(DemoShell.Quote))} &");
        return await DemoProcess.StartServerAsync(flags, cancel);
    }

    private async Task TellAsync(CancellationToken cancel, params string[] command) =>
        _page.Tell(await Estate.Shell.RunAsync(cancel, command));

    private async Task<JsonNode?> StatusAsync(string folder, CancellationToken cancel)
    {
        try
        {
            return JsonNode.Parse(await Estate.Shell.RunQuietAsync(cancel, "region", "status", "-o", "json", "--data", folder));
        }
        catch (CliException)
        {
            // Between two roles nobody answers.
            return null;
        }
    }

    private async Task<bool> IsServingAsync(string folder, CancellationToken cancel) =>
        $"{(await StatusAsync(folder, cancel))?["duty"]}" == "Serving";

    private async Task<bool> IsStandbyAsync(CancellationToken cancel) =>
        (await StatusAsync(Estate.ServerFolder, cancel))?["copy"]?["whole"]?.GetValue<bool>() == true;

    private Task UntilStandbyIsFreshAsync(CancellationToken cancel)
    {
        var now = _terminal.Clock.GetUtcNow();
        return _page.UntilAsync(
            async () => (await StatusAsync(WestFolder, cancel))?["copy"]?["completeAt"] is { } at && at.GetValue<DateTimeOffset>() >= now,
            "the copy has it all", cancel);
    }
}
