using System.Globalization;
using System.Net;
using System.Net.Sockets;
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
internal sealed class RegionsDemo(DemoEstate estate, Terminal terminal)
{
    private const int MoreFiles = 1500;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(1);

    private readonly string _east = $"https://127.0.0.1:{FreePort()}";
    private readonly string _west = $"https://127.0.0.1:{FreePort()}";

    private string Ring => Path.Combine(estate.Folder, "ring");

    private string WestFolder => Path.Combine(estate.Folder, "west");

    private string[] EastFlags =>
        ["--data", estate.ServerFolder, "--region", "eastus", "--urls", _east, "--pair", $"westus={_west}", "--key-ring", Ring];

    private string[] WestFlags =>
    [
        "--data", WestFolder, "--region", "westus", "--urls", _west, "--pair", $"eastus={_east}", "--key-ring", Ring, "--standby",
        "--pair-ca", Path.Combine(estate.ServerFolder, "tls", "ca.pem"),
    ];

    /// <summary>Shows it; true when everything that it claims is true.</summary>
    public async Task<bool> ShowAsync(CancellationToken cancel)
    {
        var started = terminal.Clock.GetTimestamp();
        terminal.Talk.MarkupLine("[bold]Mover demo: two regions[/], one of which is killed in the middle of a migration");
        await Task.Run(() => estate.Tree.CreateMany(MoreFiles), cancel);
        Done($"A file server's export with {MoreFiles} files more");
        estate.Shell.ShowEnvironment();
        estate.Shell.Show($"mover identity new-key > {DemoShell.Quote(Ring)}; chmod 600 {DemoShell.Quote(Ring)}");
        var key = await estate.Shell.RunQuietAsync(cancel, "identity", "new-key");
        PrivateKeyFile(key);
        var east = await StartAsync(EastFlags, cancel);
        DemoServer? west = null;
        try
        {
            Done("East US: a control plane");
            west = await StartAsync(WestFlags, cancel);
            Done("West US: its standby, with a whole copy");
            return await MigrateAsync(started, () => east, server => east = server, cancel);
        }
        finally
        {
            await east.DisposeAsync();
            if (west is not null)
            {
                await west.DisposeAsync();
            }
        }
    }

    private async Task<bool> MigrateAsync(long started, Func<DemoServer> east, Action<DemoServer> replace, CancellationToken cancel)
    {
        estate.UseServer();
        await estate.StartBlobServiceAsync(cancel);
        await estate.CreateResourcesAsync(cancel);
        await estate.StartAgentAsync(cancel);
        Done("A Blob service, resources, an agent");
        var run = await new DemoRun(estate, terminal).StartAsync(cancel);
        await UntilAsync(async () => await MovedAsync(estate.Plane, run, cancel) > 100, "the migration moved something", cancel);
        await UntilStandbyIsFreshAsync(cancel);
        var before = await MovedAsync(estate.Plane, run, cancel);
        var lost = terminal.Clock.GetTimestamp();
        await east().DisposeAsync();
        estate.Shell.Show("kill -9 the server of East US");
        Done($"East US is gone, {before} items into the migration");

        await TellAsync(cancel, "region", "status", "--data", WestFolder);
        await TellAsync(cancel, "region", "failover", "--unplanned", "eastus", "--yes", "--data", WestFolder);
        using var plane = Connect.ConnectionFlags.Open(Connect.LocalServer.Read(WestFolder, terminal), terminal);
        await UntilAsync(async () => await IsServingAsync(WestFolder, cancel), "West US serves", cancel);
        var outage = terminal.Clock.GetElapsedTime(lost);
        Done(string.Create(CultureInfo.InvariantCulture, $"West US serves, {outage.TotalSeconds:F1} s after the loss, commands and all"));
        var document = await new JobRunWatch(plane, terminal, Look).FollowAsync(run, cancel);
        var verified = await new DemoRun(estate, terminal).VerifyAsync(cancel);
        Done("The same run, by the same agent, came to its end; every byte was read back");

        replace(await StartAsync(EastFlags, cancel));
        await UntilAsync(async () => await IsStandbyAsync(cancel), "East US keeps a copy", cancel);
        Done("East US is back, as the standby");
        await TellAsync(cancel, "region", "failback", "--yes", "--data", estate.ServerFolder);
        await UntilAsync(async () => await IsServingAsync(estate.ServerFolder, cancel), "East US serves", cancel);
        using var home = Connect.ConnectionFlags.Open(Connect.LocalServer.Read(estate.ServerFolder, terminal), terminal);
        var kept = await home.Client.GetAsync(run, cancel);
        Done("East US serves again");
        return Judge(document, verified.Differences, before, kept, terminal.Clock.GetElapsedTime(started));
    }

    private bool Judge(JsonObject run, long differences, long before, JsonObject kept, TimeSpan total)
    {
        var status = $"{run["properties"]?["status"]}";
        (bool IsTrue, string Claim)[] claims =
        [
            (before > 0, "the region was lost while the migration ran"),
            (status == JobRunStatuses.Succeeded, "the run that was under way ended as Succeeded, under the same id"),
            (differences == 0, "every byte and every permission arrived"),
            ($"{kept["properties"]?["status"]}" == status, "the region that was lost knows how it ended"),
        ];
        foreach (var (isTrue, claim) in claims)
        {
            terminal.ResultsConsole.MarkupLine(
                isTrue ? $"  [green]✓[/] {claim.EscapeMarkup()}" : $"  [red]✗ not true:[/] {claim.EscapeMarkup()}");
        }

        var verdict = claims.All(one => one.IsTrue) ? "[bold green]Nothing happened[/]" : "[bold red]Something is not as it should be[/]";
        terminal.ResultsConsole.MarkupLine(string.Create(
            CultureInfo.InvariantCulture, $"\n{verdict}, in {total.TotalSeconds:F1} s: a region was lost, and given back."));
        return claims.All(one => one.IsTrue);
    }

    private async Task<DemoServer> StartAsync(string[] flags, CancellationToken cancel)
    {
        estate.Shell.Show($"mover server {string.Join(' ', flags.Select(DemoShell.Quote))} &");
        return await DemoServer.StartAsync(flags, cancel);
    }

    private async Task TellAsync(CancellationToken cancel, params string[] command)
    {
        var said = await estate.Shell.RunAsync(cancel, command);
        foreach (var line in said.TrimEnd().Split('\n'))
        {
            terminal.Error.WriteLine($"        {line}");
        }
    }

    private static async Task<long> MovedAsync(Connect.ControlPlane plane, ResourceId run, CancellationToken cancel) =>
        (await plane.Client.GetAsync(run, cancel))["properties"]?["itemsTransferred"]?.GetValue<long>() ?? 0;

    private async Task<JsonNode?> StatusAsync(string folder, CancellationToken cancel)
    {
        try
        {
            return JsonNode.Parse(await estate.Shell.RunQuietAsync(cancel, "region", "status", "-o", "json", "--data", folder));
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
        (await StatusAsync(estate.ServerFolder, cancel))?["copy"]?["whole"]?.GetValue<bool>() == true;

    private Task UntilStandbyIsFreshAsync(CancellationToken cancel)
    {
        var now = terminal.Clock.GetUtcNow();
        return UntilAsync(
            async () => (await StatusAsync(WestFolder, cancel))?["copy"]?["completeAt"] is { } at && at.GetValue<DateTimeOffset>() >= now,
            "the copy has it all", cancel);
    }

    private async Task UntilAsync(Func<Task<bool>> isSo, string what, CancellationToken cancel)
    {
        var begun = terminal.Clock.GetTimestamp();
        while (!await isSo())
        {
            if (terminal.Clock.GetElapsedTime(begun) > WaitMax)
            {
                throw new CliException(ExitCodes.Failed, "DemoTimeout", $"Waited {WaitMax.TotalSeconds} s in vain until {what}.");
            }

            await Task.Delay(Look, terminal.Clock, cancel);
        }
    }

    private void PrivateKeyFile(string key) => Files.PrivateFile.Replace(Ring, System.Text.Encoding.ASCII.GetBytes(key));

    private void Done(string title) => terminal.Talk.MarkupLine($"  [green]✓[/] {title.EscapeMarkup()}");

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
